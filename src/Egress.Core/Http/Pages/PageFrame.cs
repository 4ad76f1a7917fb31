using System.Text;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Pages;

/// <summary>
/// The common parts of all HTML pages: style, brand, and the headers that keep browsers from loading other content and from caching. Immutable.
/// </summary>
internal sealed class PageFrame(PageOptions options)
{
    private readonly PageStyle _style = new(options);

    /// <summary>Returns the content security policy of a page with a script and a form.</summary>
    /// <param name="script">The script.</param>
    public string PolicyOf(string script) =>
        $"default-src 'none'; style-src {_style.Source}; script-src {PageStyle.Digest(script)}; img-src {_style.ImageSource ?? "'none'"}; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The content security policy of a page without a script or a form.</summary>
    public string PolicyOfText =>
        $"default-src 'none'; style-src {_style.Source}; {(_style.ImageSource is { } source ? $"img-src {source}; " : "")}"
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Sets the headers of a page.</summary>
    /// <param name="response">The response.</param>
    /// <param name="language">The language of the page.</param>
    /// <param name="policy">The content security policy of the page.</param>
    public static void SetHeaders(HttpResponse response, string language, string policy)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentLanguage = language;
        response.Headers.CacheControl = "private, no-store";
        response.Headers.ContentSecurityPolicy = policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer"; // the address of the page may be a signed link
        response.Headers["X-Robots-Tag"] = "noindex";
    }

    /// <summary>Writes a page.</summary>
    /// <param name="language">Its language.</param>
    /// <param name="title">Its title.</param>
    /// <param name="content">The content below the brand.</param>
    /// <param name="script">Its script; null for none.</param>
    /// <returns>The page, UTF-8.</returns>
    public byte[] Write(string language, string title, Html content, string? script = null)
    {
        Html ending = script is null ? Html.Empty : $"<script>{Html.Raw(script)}</script>\n";
        Html page = $"""
            <!doctype html>
            <html lang="{language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>{Html.Raw(_style.Css)}</style>
            </head>
            <body>
            <main>
            {Brand()}{content}</main>
            {ending}</body>
            </html>

            """;
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private Html Brand()
    {
        if (options is { Title: "", LogoUrl: null })
        {
            return Html.Empty;
        }

        Html logo = options.LogoUrl is { } url ? $"<img src=\"{url.AbsoluteUri}\" alt=\"\">" : Html.Empty;
        return $"<p class=\"brand\">{logo}<bdi>{options.Title}</bdi></p>\n";
    }
}
