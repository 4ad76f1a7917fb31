using System.Security.Cryptography;
using System.Text;

namespace Egress.Http.Pages;

/// <summary>The style of the pages, which is part of each, and what a policy needs to allow it by its digest. Immutable.</summary>
internal sealed class PageStyle
{
    /// <summary>Background of what links and buttons stand on, as <c>page.css</c> has it.</summary>
    internal const string LightCard = "#ffffff";

    /// <summary>The same in dark mode.</summary>
    internal const string DarkCard = "#1f2125";

    /// <summary>Below this contrast to the card, a button has a border that can be seen.</summary>
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

    /// <summary>Reads a file that is embedded.</summary>
    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(PageStyle).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>The source of a text in the page for a policy.</summary>
    public static string Digest(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Colors(string accent, string card)
    {
        var link = PageColors.Readable(accent, card);
        return $"--card:{card};--link:{link};--edge:{(PageColors.Contrast(accent, card) < LeastOfButton ? link : accent)}";
    }
}
