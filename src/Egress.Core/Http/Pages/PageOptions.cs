namespace Egress.Http.Pages;

/// <summary>The appearance of the HTML pages.</summary>
public sealed record PageOptions
{
    /// <summary>The text at the top of each page; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>The address of a picture at the top of each page; null for none. The pages load no other content.</summary>
    public Uri? LogoUrl { get; init; }

    /// <summary>Color of buttons and links, as <c>#rrggbb</c> in lower case.</summary>
    public string AccentColor { get; init; } = "#1a5fb4";
}
