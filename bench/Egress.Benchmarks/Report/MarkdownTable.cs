using System.Text;

namespace Egress.Benchmarks.Report;

/// <summary>A table in Markdown.</summary>
/// <param name="headings">The headings. The first column contains text, all others contain numbers.</param>
internal sealed class MarkdownTable(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row. Cells that are missing at its end are empty.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        var text = new StringBuilder();
        AppendRow(text, headings);
        AppendRow(text, [.. headings.Select(static (_, i) => i == 0 ? "---" : "---:")]);
        foreach (var row in _rows)
        {
            AppendRow(text, [.. row, .. Enumerable.Repeat("", headings.Length - row.Length)]);
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
