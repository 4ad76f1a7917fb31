using Egress.Signing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Egress.Core.Tests.Signing;

/// <summary>Tests that links are valid on a real server, whose routing decodes some escapes and keeps others.</summary>
public sealed class LinkRoundTripTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_764_460_000);

    [Fact]
    public async Task An_id_is_returned_unchanged()
    {
        var signer = new LinkSigner(new SigningOptions { Enforce = true, Secret = "clé-ü" });
        await using var app = await StartAsync(signer);
        using var client = new HttpClient();
        var baseUrl = new Uri(app.Urls.Single() + "/");
        string[] ids =
        [
            "plain-1", "with space", "résumé-1", "日本/語", "a/b/c", "/", "100%", "%41", "a+b", "a&b=c", "a?b#c", "...", "..a",
            "a\\b", "tab\there", "line\nfeed", "\"<>`{}", "health", "~;,:@!$'()*", "😀", "a%2Fb", "a%2fb", "%252F", "/%2F%", "a%00b", "%FF", "+%2B", "100%25",
        ];

        foreach (var id in ids)
        {
            var answer = await client.GetStringAsync(
                new Uri(signer.CreateLink(baseUrl, id, Now.AddHours(1))), TestContext.Current.CancellationToken);
            Assert.Equal($"Valid {id}", answer);
        }
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%2fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a%2525b", "a%25b")]
    [InlineData("a%41", "aA")]
    [InlineData("a%2541", "a%41")]
    [InlineData("100%", "100%")]
    [InlineData("a+b", "a+b")]
    [InlineData("%2F%252F/", "/%2F")]
    [InlineData("x/../a%252Fb", "a%2Fb")]
    public async Task An_id_is_decoded_once(string segment, string id)
    {
        await using var app = await StartAsync(new LinkSigner(new SigningOptions()));
        using var client = new HttpClient();

        Assert.Equal($"Valid {id}", await client.GetStringAsync(RawUri($"{app.Urls.Single()}/download/{segment}?expiry=9000000000"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("a%FFb")]
    [InlineData("%C3%28")]
    [InlineData("a%2Fb/.")]
    public async Task A_segment_that_is_not_an_id_finds_nothing(string segment)
    {
        await using var app = await StartAsync(new LinkSigner(new SigningOptions()));
        using var client = new HttpClient();

        Assert.Equal("none", await client.GetStringAsync(RawUri($"{app.Urls.Single()}/download/{segment}"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("a|b", true)]
    [InlineData("a|b", false)]
    public void A_bar_is_not_signed(string id, bool hasExpiry)
    {
        var signer = new LinkSigner(new SigningOptions { Secret = "abc-123" });
        DateTimeOffset? expiry = hasExpiry ? Now : null;

        Assert.Contains("cannot be signed", signer.Refuse(id), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => signer.CreateLink(new Uri("https://example.com"), id, expiry));
        Assert.Equal("https://example.com/download/a%7Cb", new LinkSigner(new SigningOptions()).CreateLink(new Uri("https://example.com"), id, null));
    }

    [Fact]
    public void Half_a_surrogate_pair_cannot_be_in_a_link() =>
        Assert.Throws<ArgumentException>(() => new LinkSigner(new SigningOptions()).CreateLink(new Uri("https://example.com"), $"a{(char)0xD800}", null));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a\0b")]
    public void An_id_that_no_url_can_carry_is_refused(string id) =>
        Assert.Throws<ArgumentException>(() => new LinkSigner(new SigningOptions()).CreateLink(new Uri("https://example.com"), id, null));

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("https://example.com/")]
    public void A_link_only_has_parameters_with_values(string baseUrl)
    {
        var open = new LinkSigner(new SigningOptions());
        var signing = new LinkSigner(new SigningOptions { Secret = "abc-123" });

        Assert.Equal("https://example.com/download/a", open.CreateLink(new Uri(baseUrl), "a", null));
        Assert.Equal("https://example.com/download/a?expiry=1764460000", open.CreateLink(new Uri(baseUrl), "a", Now));
        Assert.Equal(
            "https://example.com/download/a?signature=" + signing.Sign("a", null), signing.CreateLink(new Uri(baseUrl), "a", null));
    }

    [Fact]
    public void A_path_in_the_base_URL_is_kept() =>
        Assert.Equal(
            "https://example.com/files/download/a",
            new LinkSigner(new SigningOptions()).CreateLink(new Uri("https://example.com/files/"), "a", null));

    /// <summary>Creates a URL whose escapes the client sends unchanged.</summary>
    private static Uri RawUri(string address) => new(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static async Task<WebApplication> StartAsync(LinkSigner signer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/download/{id}", (HttpContext context) =>
        {
            var id = LinkId.FromRequest(
                (string)context.GetRouteValue("id")!, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            if (id is null)
            {
                return "none";
            }

            var query = context.Request.Query;
            return $"{signer.Verify(id, query["expiry"], query["signature"], Now).Verdict} {id}";
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
