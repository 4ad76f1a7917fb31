using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

public sealed class AcceptHeaderTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true)] // a browser
    [InlineData("text/html", true)]
    [InlineData("TEXT/HTML", true)]
    [InlineData("text/*", true)]
    [InlineData("text/html;q=0", false)]
    [InlineData("text/html;q=0.5, */*;q=0.5", false)]
    [InlineData("text/html, application/json", false)]
    [InlineData("text/html;q=0.8, application/problem+json;q=0.9", false)]
    [InlineData("text/html;q=0.8, application/json;q=0.7", true)]
    [InlineData("application/*, text/html;q=0.9", false)]
    [InlineData("application/zip", false)]
    [InlineData("text/html;;;", false)]
    [InlineData("nonsense", false)]
    public void HTML_is_sent_to_clients_that_name_and_prefer_it(string? accept, bool expected)
    {
        var context = new DefaultHttpContext();
        if (accept is not null)
        {
            context.Request.Headers.Accept = accept;
        }

        Assert.Equal(expected, AcceptHeader.PrefersHtml(context.Request));
    }
}
