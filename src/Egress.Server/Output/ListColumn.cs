using System.Text.RegularExpressions;
using Spectre.Console;

namespace Egress.Server.Output;

/// <summary>A column of a list on a terminal.</summary>
/// <param name="Title">The heading.</param>
internal sealed partial record ListColumn(string Title)
{
    /// <summary>Whether cells are not wrapped, so that users can copy them.</summary>
    public bool IsId { get; init; }

    /// <summary>Whether cells begin with a number. Only the number is shown, right-aligned.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Whether cells hold times, which are shown without seconds.</summary>
    public bool IsTime { get; init; }

    /// <summary>Returns whether a cell reports a failure, and is shown in red.</summary>
    public Func<string, bool> IsFailure { get; init; } = static _ => false;

    /// <summary>Creates the table column with its heading.</summary>
    public TableColumn Create() => new(new Text(Title, new Style(decoration: Decoration.Bold)))
    {
        Alignment = IsNumber ? Justify.Right : Justify.Left,
        NoWrap = IsId || IsNumber,
    };

    /// <summary>Creates a cell of the table.</summary>
    /// <param name="text">The text, without control characters.</param>
    public Text Show(string text)
    {
        var shown = IsNumber ? text.Split(' ')[0]
            : IsTime ? Time().Replace(text, "$1 $2")
            : text;
        return new Text(shown, IsFailure(text) ? new Style(Color.Red) : Style.Plain);
    }

    [GeneratedRegex(@"^(?:expires )?(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
