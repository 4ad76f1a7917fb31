using System.Globalization;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Http.Pages;

/// <summary>The settings of the HTML pages.</summary>
internal static class PageSettings
{
    internal static readonly SettingGroup Group = new(
        "Page",
        """
        The look of the page `/view/{id}`, which lists the files of an archive before the download, and of the pages that explain why a link is
        refused. See [links.md](links.md#the-page).
        """);

    private static readonly PageOptions Defaults = new();

    private static readonly Setting<string?> Title = Group.Add<string?>(new("PAGE_TITLE", ValueFormats.Text("any text"))
    {
        Default = null,
        Example = "Example Photos",
        Text = "Text above the name of the archive.",
    });

    private static readonly Setting<Uri?> LogoUrl = Group.Add<Uri?>(new("PAGE_LOGO_URL", new ValueFormat<Uri?>(
        "an `https://` URL", TryParseUrl, static url => url?.AbsoluteUri ?? ""))
    {
        Default = null,
        Example = "https://www.example.com/logo.svg",
        Text = "Picture above the name of the archive. The pages load nothing else.",
    });

    private static readonly Setting<string> AccentColor = Group.Add<string>(new("PAGE_ACCENT_COLOR", new ValueFormat<string>(
        "a color as `#rrggbb`", TryParseColor, static color => color))
    {
        Default = Defaults.AccentColor,
        Text = "Color of the buttons and links. The text on a button is black or white, whichever is easier to read. If links of this color have a "
            + "contrast below 4.5 to the background, they get a darker color, or a lighter one in dark mode.",
    });

    internal static PageOptions Bind(SettingBinder binder) => new()
    {
        Title = binder.Get(Title) ?? "",
        LogoUrl = binder.Get(LogoUrl),
        AccentColor = binder.Get(AccentColor),
    };

    private static bool TryParseUrl(string text, out Uri? url) => Uri.TryCreate(text.Trim(), UriKind.Absolute, out url) && url.Scheme == Uri.UriSchemeHttps;

    private static bool TryParseColor(string text, out string color)
    {
        color = text.Trim().ToLowerInvariant();
        return color.Length == 7 && color[0] == '#' && int.TryParse(color.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
    }
}
