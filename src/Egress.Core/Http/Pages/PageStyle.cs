using System.Security.Cryptography;
using System.Text;

namespace Egress.Http.Pages;

/// <summary>The style that is embedded in each page, and the sources with which a content security policy allows it. Immutable.</summary>
internal sealed class PageStyle
{
    /// <summary>Background of links and buttons, as in <c>page.css</c>.</summary>
    internal const string LightCard = "#ffffff";

    /// <summary>The same background in dark mode.</summary>
    internal const string DarkCard = "#1f2125";

    /// <summary>The contrast to the card below which a button gets a visible border.</summary>
    private const double LeastOfButton = 1.5;

    public PageStyle(PageOptions options)
    {
        var accent = options.AccentColor;
        Css = $":root{{--accent:{accent};--on-accent:{PageColors.TextOn(accent)};{Colors(accent, LightCard)}}}\n"
            + $"@media (prefers-color-scheme:dark){{:root{{{Colors(accent, DarkCard)}}}}}\n{Read("page.css")}";
        Source = Digest(Css);
        ImageSource = options.LogoUrl?.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>The content of the element <c>style</c>.</summary>
    public string Css { get; }

    /// <summary>The source of styles for a policy.</summary>
    public string Source { get; }

    /// <summary>The source of pictures for a policy; null for none.</summary>
    public string? ImageSource { get; }

    /// <summary>Reads an embedded file.</summary>
    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(PageStyle).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Returns the source for an embedded text in a policy, which is its digest.</summary>
    public static string Digest(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Colors(string accent, string card)
    {
        var link = PageColors.Readable(accent, card);
        return $"--card:{card};--link:{link};--edge:{(PageColors.Contrast(accent, card) < LeastOfButton ? link : accent)}";
    }
}
