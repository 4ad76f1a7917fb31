using Egress.Core.Tests.Settings;
using Egress.Downloads;
using Egress.Http.Responses;
using Egress.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

/// <summary>Tests that no cache keeps an archive for longer than its link is valid.</summary>
public sealed class CachePolicyTests
{
    private const long Now = 1_764_000_000;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(Now));

    /// <summary>A table of cases for a link that expires in 600 seconds: the header in the setting or the record, and the header that is sent.</summary>
    [Theory]
    [InlineData("private, no-transform", "private, no-transform")]
    [InlineData("no-store", "no-store")]
    [InlineData("public, max-age=60", "public, max-age=60")]
    [InlineData("public, max-age=600", "public, max-age=600")]
    [InlineData("public, max-age=601", "public, max-age=600")]
    [InlineData("PUBLIC, Max-Age=86400", "PUBLIC, Max-Age=600")]
    [InlineData("private, max-age=86400", "private, max-age=600")]
    [InlineData("s-maxage=86400, max-age=60", "s-maxage=600, max-age=60")]
    [InlineData("max-age=60,s-maxage=\"86400\"", "max-age=60, s-maxage=600")]
    [InlineData("max-age=99999999999999999999999", "max-age=600")]
    [InlineData("max-age=soon", "max-age=0")]
    [InlineData("max-age", "max-age=0")]
    [InlineData("max-age=60, max-age=86400", "max-age=60, max-age=600")]
    [InlineData("max-age=60, stale-while-revalidate=60", "max-age=60, stale-while-revalidate=60")]
    [InlineData("max-age=60, stale-while-revalidate=86400", "max-age=60, stale-while-revalidate=540")]
    [InlineData("max-age=86400, stale-if-error=86400", "max-age=600, stale-if-error=0")]
    [InlineData("max-age=60, s-maxage=590, stale-if-error=86400", "max-age=60, s-maxage=590, stale-if-error=10")]
    [InlineData("private, stale-if-error=86400", "private, stale-if-error=600")]
    [InlineData("public, no-transform", "public, no-transform, max-age=600")]
    [InlineData("public, no-cache", "public, no-cache")]
    [InlineData("immutable", "immutable, max-age=600")]
    [InlineData("private=\"Set-Cookie, X-A\", max-age=700", "private=\"Set-Cookie, X-A\", max-age=600")]
    [InlineData("no-cache=\"X-A\"", "no-cache=\"X-A\", max-age=600")]
    [InlineData(" , ,", "max-age=600")]
    public void No_time_is_longer_than_the_link_is_valid(string value, string sent)
    {
        Assert.Equal(sent, Limited(("Cache-Control", value)).CacheControl);
        Assert.Equal(sent, Limited(("CDN-Cache-Control", value))["CDN-Cache-Control"]);
        Assert.Equal(sent, Limited(("Surrogate-Control", value))["Surrogate-Control"]);
    }

    /// <summary>A table of cases: the expiry of the link, and the <c>max-age</c> that is sent in place of <c>max-age=86400</c>.</summary>
    [Theory]
    [InlineData(null, "max-age=86400")]
    [InlineData("", "max-age=86400")]
    [InlineData("1764000600", "max-age=600")]
    [InlineData("+1764000600", "max-age=600")]
    [InlineData("1764086400", "max-age=86400")]
    [InlineData("9223372036854775807", "max-age=86400")]
    [InlineData("1764000000", "max-age=0")]
    [InlineData("1763999999", "max-age=0")]
    public void Time_is_left_until_the_expiry(string? expiry, string sent) => Assert.Equal(sent, Limited(expiry, false, ("Cache-Control", "max-age=86400")).CacheControl);

    [Theory]
    [InlineData(60, 60)]
    [InlineData(86400, 600)]
    public void An_expiry_of_the_response_is_not_later(int after, int sent)
    {
        var headers = Limited(("Cache-Control", "public"), ("Expires", At(after)));
        Assert.Equal(At(sent), headers.Expires);
        Assert.Equal("public", headers.CacheControl); // `max-age` would take precedence over Expires
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("never")]
    public void An_expiry_that_caches_treat_as_past_is_not_changed(string expires) => Assert.Equal(expires, Limited(("Expires", expires)).Expires);

    [Fact]
    public void A_link_whose_downloads_are_counted_is_in_no_shared_cache()
    {
        var headers = Limited(
            null, true, ("Cache-Control", "public, max-age=60"), ("CDN-Cache-Control", "max-age=60"), ("Surrogate-Control", "max-age=60"), ("Expires", At(60)));
        Assert.Equal("private, no-transform", headers.CacheControl);
        Assert.Equal(["Cache-Control"], headers.Keys);
    }

    [Fact]
    public void The_default_is_that_of_the_setting()
    {
        IHeaderDictionary headers = new HeaderDictionary();
        new CachePolicy(new DownloadOptions { CacheControl = "public, s-maxage=60" }, _time).SetDefault(headers);
        Assert.Equal("public, s-maxage=60", headers.CacheControl);
    }

    /// <summary>A table of cases: values of the setting, valid and invalid.</summary>
    [Theory]
    [InlineData("no-store", true)]
    [InlineData("public, no-transform, s-maxage=86400, max-age=0", true)]
    [InlineData("public , max-age=1", true)]
    [InlineData("private=\"Set-Cookie, X-A\"", true)]
    [InlineData("public max-age=1", false)]
    [InlineData("public,", false)]
    [InlineData("max-age=1h", false)]
    [InlineData("max-age=-1", false)]
    [InlineData("max-age=", false)]
    [InlineData("private=\"a", false)]
    [InlineData("public\r\nX-A: 1", false)]
    [InlineData("\u00fc", false)]
    public void The_setting_has_directives(string value, bool isAllowed)
    {
        var read = Record.Exception(() => TestSettings.Read(("CACHE_CONTROL", value)));
        Assert.Equal(isAllowed, read is null);
        Assert.True(isAllowed || ((SettingsException)read!).Message.Contains("CACHE_CONTROL is ", StringComparison.Ordinal), read?.Message);
    }

    private static string At(int seconds) => DateTimeOffset.FromUnixTimeSeconds(Now + seconds).ToString("R");

    private IHeaderDictionary Limited(params (string Name, string Value)[] headers) => Limited($"{Now + 600}", false, headers);

    private IHeaderDictionary Limited(string? expiry, bool isCounted, params (string Name, string Value)[] headers)
    {
        var response = new DefaultHttpContext().Response;
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = value;
        }

        new CachePolicy(new DownloadOptions(), _time).Limit(response, expiry, isCounted);
        return response.Headers;
    }
}
