using System.Security.Cryptography;
using System.Text;
using Egress.Http.Responses;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class ProblemPageTests
{
    private static readonly Problem Problem = new(410, "link-expired", "Link <expired>", "Request \"a\" & <b>new</b> one.");

    [Fact]
    public void The_page_loads_nothing_and_its_policy_admits_its_own_style_only()
    {
        var (page, headers) = Write();
        var style = page.Split("<style>")[1].Split("</style>")[0];
        var digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            headers.ContentSecurityPolicy.ToString());
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.All(["<script", "<img", "<link", "src=", "url("], text => Assert.DoesNotContain(text, page, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Texts_are_encoded()
    {
        var (page, _) = Write();
        Assert.Contains("<h1>Link &lt;expired&gt;</h1>", page, StringComparison.Ordinal);
        Assert.Contains("Request &quot;a&quot; &amp; &lt;b&gt;new&lt;/b&gt; one.", page, StringComparison.Ordinal);
        Assert.Contains("Error 410 (link-expired), request the-request", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_address_of_the_page_is_neither_sent_on_nor_indexed()
    {
        var (_, headers) = Write();
        Assert.Equal("no-referrer", headers["Referrer-Policy"]);
        Assert.Equal("noindex", headers["X-Robots-Tag"]);
    }

    private static (string Page, IHeaderDictionary Headers) Write()
    {
        var context = new DefaultHttpContext();
        var page = Encoding.UTF8.GetString(ProblemPage.Write(Problem, context.Response, "the-request"));
        Assert.Equal("text/html; charset=utf-8", context.Response.ContentType);
        return (page, context.Response.Headers);
    }
}
