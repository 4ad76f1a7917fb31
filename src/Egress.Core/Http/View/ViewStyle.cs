using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Http.View;

/// <summary>Style and script of the page, which are part of it, and the policy that allows them by their digests and nothing else. Immutable.</summary>
internal sealed class ViewStyle
{
    public ViewStyle(ViewOptions options)
    {
        Css = $":root{{--accent:{options.AccentColor};--on-accent:{TextOn(options.AccentColor)}}}\n{Read("view.css")}";
        Script = Read("view.js");
        Policy = $"default-src 'none'; style-src {Digest(Css)}; script-src {Digest(Script)}; img-src {options.LogoUrl?.GetLeftPart(UriPartial.Authority) ?? "'none'"}; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    }

    /// <summary>The content of the element <c>style</c>.</summary>
    public string Css { get; }

    /// <summary>The content of the element <c>script</c>.</summary>
    public string Script { get; }

    /// <summary>The value of <c>Content-Security-Policy</c>.</summary>
    public string Policy { get; }

    /// <summary>Black or white, whichever has the greater contrast to a color (WCAG 2.2, relative luminance).</summary>
    internal static string TextOn(string color)
    {
        var luminance = (0.2126 * Channel(color, 1)) + (0.7152 * Channel(color, 3)) + (0.0722 * Channel(color, 5));
        return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#fff" : "#000";
    }

    private static double Channel(string color, int start)
    {
        var value = int.Parse(color.AsSpan(start, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(ViewStyle).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static string Digest(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
