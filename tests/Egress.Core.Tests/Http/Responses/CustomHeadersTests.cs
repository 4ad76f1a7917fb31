using Egress.Http.Responses;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class CustomHeadersTests
{
    /// <summary>The contract's list (§1, download response), header by header.</summary>
    public static TheoryData<string, string, bool> Table => new()
    {
        { "X-Custom-Header", "test-value", true },
        { "X-Request-Source", "integration-test", true },
        { "Cache-Control", "public, max-age=60", true },
        { "Access-Control-Allow-Origin", "*", true },
        { "Access-Control-Expose-Headers", "X-Request-ID", true },
        { "Referrer-Policy", "no-referrer", true },
        { "X-Empty", "", true },
        { "X-Tab", "a\tb", true },
        { "Connection", "close", false },
        { "keep-alive", "timeout=5", false },
        { "Proxy-Authenticate", "Basic", false },
        { "Proxy-Connection", "close", false },
        { "TE", "trailers", false },
        { "Trailer", "X", false },
        { "Transfer-Encoding", "chunked", false },
        { "Upgrade", "h2c", false },
        { "Content-Type", "text/html", false },
        { "content-length", "1", false },
        { "Content-Disposition", "inline", false },
        { "Content-Security-Policy", "default-src *", false },
        { "Accept-Ranges", "none", false },
        { "ETag", "\"x\"", false },
        { "Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT", false },
        { "Set-Cookie", "a=b", false },
        { "Location", "https://example.com", false },
        { "Date", "Mon, 01 Jan 2024 00:00:00 GMT", false },
        { "Server", "other", false },
        { "Vary", "*", false },
        { "X-Request-ID", "mine", false },
        { "X-Content-Type-Options", "off", false },
        { "Strict-Transport-Security", "max-age=0", false },
        { "X-Injected", "a\r\nSet-Cookie: x=y", false },
        { "X-Nul", "a\0b", false },
        { "X-Unicode", "日本", false },
        { "Bad Name", "x", false },
        { "Bad:Name", "x", false },
        { "", "x", false },
        { "Naïve", "x", false },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Keeps_or_drops_as_the_contract_says(string name, string value, bool kept)
    {
        var headers = new HeaderDictionary();
        var dropped = CustomHeaders.Apply(headers, new Dictionary<string, string> { [name] = value });
        Assert.Equal(kept, headers.Count == 1);
        Assert.Equal(kept, dropped.Count == 0);
        if (kept)
        {
            Assert.Equal(value, headers[name].ToString());
        }
    }

    [Fact]
    public void A_dropped_name_cannot_forge_a_log_line()
    {
        var dropped = CustomHeaders.Apply(new HeaderDictionary(), new Dictionary<string, string> { ["a\nlevel=error"] = "x" });
        Assert.Equal("a?level?error", Assert.Single(dropped));
    }
}
