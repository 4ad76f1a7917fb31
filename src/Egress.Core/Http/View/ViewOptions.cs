namespace Egress.Http.View;

/// <summary>How the page about an archive looks.</summary>
public sealed record ViewOptions
{
    /// <summary>Stands above the name of the archive; empty for nothing.</summary>
    public string Title { get; init; } = "";

    /// <summary>Address of a picture that stands above the name of the archive; null for none. The only thing that the page loads.</summary>
    public Uri? LogoUrl { get; init; }

    /// <summary>Color of buttons and links, as <c>#rrggbb</c> in lower case.</summary>
    public string AccentColor { get; init; } = "#1a5fb4";
}
