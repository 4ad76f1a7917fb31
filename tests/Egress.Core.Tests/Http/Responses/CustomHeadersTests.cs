using Egress.Http.Responses;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class CustomHeadersTests
{
    /// <summary>A table of cases: headers that a record may set, and headers that it may not set because they control servers, proxies or browsers.</summary>
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
        { "CDN-Cache-Control", "max-age=60", true },
        { "Expires", "Mon, 01 Jan 2024 00:00:00 GMT", true },
        { "Timing-Allow-Origin", "*", true },
        { "Cross-Origin-Resource-Policy", "cross-origin", true },
        { "Permissions-Policy", "camera=()", true },
        { "X-Robots-Tag", "noindex", true },
        { "x-order-number", "4711", true },
        { "X-Accel-Redirect", "/internal/secret", false },
        { "x-accel-buffering", "yes", false },
        { "X-Accel-Limit-Rate", "1", false },
        { "X-Accel-Expires", "3600", false },
        { "X-Sendfile", "/etc/passwd", false },
        { "X-Sendfile-Type", "X-Accel-Redirect", false },
        { "X-Lighttpd-Send-File", "/etc/passwd", false },
        { "X-LIGHTTPD-send-tempfile", "/etc/passwd", false },
        { "X-LiteSpeed-Location", "/secret", false },
        { "X-Reproxy-URL", "http://169.254.169.254/", false },
        { "X-Envoy-Immediate-Health-Check-Fail", "true", false },
        { "X-Middleware-Rewrite", "/", false },
        { "X-Forwarded-Host", "evil.example", false },
        { "X-Frame-Options", "ALLOWALL", false },
        { "X-Amz-Meta-Secret", "1", false },
        { "Alt-Svc", "h3=\"evil.example:443\"", false },
        { "Clear-Site-Data", "\"*\"", false },
        { "Set-Cookie2", "a=b", false },
        { "Refresh", "0; url=https://evil.example", false },
        { "WWW-Authenticate", "Basic", false },
        { "Link", "</x>; rel=preload", false },
        { "NEL", "{}", false },
        { "Report-To", "{}", false },
        { "Status", "500", false },
        { "Service-Worker-Allowed", "/", false },
        { "SourceMap", "/x", false },
        { "Retry-After", "1", false },
        { "Allow", "PUT", false },
        { "Age", "1", false },
        { "App-Version", "3", false },
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
    public void Headers_that_records_may_set_are_kept_and_others_are_dropped(string name, string value, bool kept)
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

    [Fact]
    public void Headers_beyond_the_size_that_proxies_have_room_for_are_dropped()
    {
        var headers = new HeaderDictionary();
        var wanted = new Dictionary<string, string>
        {
            ["X-First"] = new('a', 1000),
            ["X-Too-Large"] = new('b', CustomHeaders.MaxBytes),
            ["X-Second"] = new('c', CustomHeaders.MaxBytes - 1000 - "X-First".Length - "X-Second".Length - 8),
            ["X-Third"] = "",
        };
        Assert.Equal(["X-Too-Large", "X-Third"], CustomHeaders.Apply(headers, wanted));
        Assert.Equal(["X-First", "X-Second"], headers.Keys);
    }
}
