using Egress.Backends;
using Egress.Records.Redis.Links;
using Xunit;

namespace Egress.Core.Tests.Records;

/// <summary>Tests the effect of repeated statements in Redis.</summary>
public sealed class RedisRepetitionTests
{
    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("[]")]
    public void A_value_that_Egress_did_not_write_is_a_fault_of_the_database(string value)
    {
        var fault = Assert.Throws<BackendException>(() => RedisLinkKeys.ReadRepetition(value));
        Assert.Equal((Backend.Database, BackendFault.Malformed), (fault.Backend, fault.Fault));
    }
}
