using System.Security.Cryptography;
using System.Text;

namespace Egress.Http.Pages;

/// <summary>The style sheet that each page contains, and the sources that allow it and the logo in a content security policy. Immutable.</summary>
internal sealed class PageStyle
{
    /// <summary>The background color of links and buttons in light mode, the same as in <c>page.css</c>.</summary>
    internal const string LightCard = "#ffffff";

    /// <summary>The background color of links and buttons in dark mode, the same as in <c>page.css</c>.</summary>
    internal const string DarkCard = "#1f2125";

    /// <summary>The lowest contrast between a button and its background at which the button needs no visible border.</summary>
    private const double LeastOfButton = 1.5;

    public PageStyle(PageOptions options)
    {
        var accent = options.AccentColor;
        Css = $":root{{--accent:{accent};--on-accent:{PageColors.TextOn(accent)};{Colors(accent, LightCard)}}}\n"
            + $"@media (prefers-color-scheme:dark){{:root{{{Colors(accent, DarkCard)}}}}}\n{Read("page.css")}";
        Source = Digest(Css);
        ImageSource = options.LogoUrl?.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>The content of the <c>style</c> element.</summary>
    public string Css { get; }

    /// <summary>The source that allows <see cref="Css"/> in a content security policy.</summary>
    public string Source { get; }

    /// <summary>The source that allows the logo in a content security policy; null without a logo.</summary>
    public string? ImageSource { get; }

    /// <summary>Returns the text of an embedded resource.</summary>
    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(PageStyle).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Returns the source that allows an inline text in a content security policy: the SHA-256 digest of the text.</summary>
    public static string Digest(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Colors(string accent, string card)
    {
        var link = PageColors.Readable(accent, card);
        return $"--card:{card};--link:{link};--edge:{(PageColors.Contrast(accent, card) < LeastOfButton ? link : accent)}";
    }
}
