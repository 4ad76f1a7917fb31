namespace Egress.Benchmarks.Report;

/// <summary>Compares measured values with their targets.</summary>
internal sealed class Targets
{
    private static readonly string[] Headings = ["Target", "Wanted", "Measured", "Held"];

    private readonly MarkdownTable _table = new(Headings);

    /// <summary>Adds a value that must be at least its target.</summary>
    public void AtLeast(string what, double wanted, double measured, string unit = "×") =>
        Add(what, $"≥ {Samples.Number(wanted)} {unit}", measured, unit, measured >= wanted, measured / wanted);

    /// <summary>Adds a value that must be at most its target.</summary>
    public void AtMost(string what, double wanted, double measured, string unit = "×") =>
        Add(what, $"≤ {Samples.Number(wanted)} {unit}", measured, unit, measured <= wanted, measured / wanted);

    public override string ToString() => _table.ToString();

    /// <summary>One table of the rows of all tables of targets in a page, in their order.</summary>
    public static string Collect(string page)
    {
        var all = new MarkdownTable(Headings);
        var head = new MarkdownTable(Headings).ToString();
        for (var at = page.IndexOf(head, StringComparison.Ordinal); at >= 0; at = page.IndexOf(head, at + 1, StringComparison.Ordinal))
        {
            foreach (var row in page[(at + head.Length)..].Split('\n').TakeWhile(static line => line.StartsWith('|')))
            {
                all.Add(row.Trim('|', ' ').Split(" | "));
            }
        }

        return all.ToString();
    }

    private void Add(string what, string wanted, double measured, string unit, bool held, double share)
    {
        var verdict = double.IsNaN(measured) ? "not measured" : held ? "yes" : $"**no**: {Samples.Number(share * 100)} % of it";
        _table.Add(what, wanted, double.IsNaN(measured) ? "–" : $"{Samples.Number(measured)} {unit}", verdict);
    }
}
