using Egress.Http.Links;
using Egress.Links;
using Egress.Links.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Egress.Core.Tests.Http.Links;

/// <summary>Tests of the parameter <c>created_by</c> of <c>GET /links</c>.</summary>
public sealed class LinkListQueryTests
{
    [Theory]
    [InlineData("\0")]
    [InlineData("shop\n")]
    [InlineData("sh op")]
    [InlineData("sh:op")]
    public void A_creator_that_is_not_a_valid_name_of_a_key_is_refused(string createdBy)
    {
        var error = Assert.Single(Errors(createdBy));
        Assert.Equal("created_by", error.Field);
        Assert.Contains("1 to 64 letters", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shop")]
    [InlineData(ApiKeyFormat.AdminName)]
    [InlineData(ApiKeyFormat.CommandLineName)]
    public void A_name_of_a_key_is_taken(string createdBy) => Assert.Empty(Errors(createdBy));

    private static List<FieldError> Errors(string createdBy)
    {
        var errors = new List<FieldError>();
        var query = new QueryCollection(new Dictionary<string, StringValues> { ["created_by"] = createdBy });
        LinkListQuery.Read(query, new ApiKey("ring", "0123456789abcdef", []), DateTimeOffset.UnixEpoch, errors);
        return errors;
    }
}
