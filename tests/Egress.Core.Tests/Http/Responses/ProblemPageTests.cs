using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Egress.Http.Pages;
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
        Assert.Equal(("private, no-store", "Accept, Accept-Language"), (headers.CacheControl.ToString(), headers.Vary.ToString()));
    }

    [Fact]
    public void The_page_has_the_brand_of_the_other_pages_and_may_load_only_its_picture()
    {
        var (page, headers) = Write(options: new PageOptions { Title = "<Example>", LogoUrl = new Uri("https://cdn.example.com/logo.svg") });
        Assert.Contains("<img src=\"https://cdn.example.com/logo.svg\" alt=\"\"><bdi>&lt;Example&gt;</bdi>", page, StringComparison.Ordinal);
        Assert.Contains("; img-src https://cdn.example.com; base-uri 'none'; form-action 'none'; ", headers.ContentSecurityPolicy.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_has_a_text_in_every_language()
    {
        var codes = ProblemsSection.Problems().Select(static row => row.Problem.Code).Distinct().Order(StringComparer.Ordinal).ToList();
        var german = PageTexts.For(new DefaultHttpContext { Request = { Headers = { AcceptLanguage = "de" } } }.Request);
        Assert.Equal(codes, german.Problems.Keys.Order(StringComparer.Ordinal));
        Assert.All(german.Problems.Values, static text => Assert.All([text.Title, text.Detail], Assert.NotEmpty));
        var (page, headers) = Write("de");
        Assert.Equal("de", headers.ContentLanguage.ToString());
        Assert.Contains("<html lang=\"de\">", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{german.Problems["link-expired"].Title}</h1>", page, StringComparison.Ordinal);
        Assert.Contains(string.Format(CultureInfo.InvariantCulture, german.Error, 410, "link-expired", "the-request"), page, StringComparison.Ordinal);
    }

    private static (string Page, IHeaderDictionary Headers) Write(string language = "en", PageOptions? options = null)
    {
        var context = new DefaultHttpContext { Request = { Headers = { AcceptLanguage = language } } };
        var page = Encoding.UTF8.GetString(new ProblemPage(new PageFrame(options ?? new())).Write(Problem, context, "the-request"));
        Assert.Equal("text/html; charset=utf-8", context.Response.ContentType);
        return (page, context.Response.Headers);
    }
}
