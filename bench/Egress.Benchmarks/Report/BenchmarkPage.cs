namespace Egress.Benchmarks.Report;

/// <summary>Prints sections of results, and writes them into a Markdown page.</summary>
/// <param name="path">Path of the page; null to print only.</param>
internal sealed class BenchmarkPage(string? path)
{
    private const string Collected = "targets";

    /// <summary>Prints a section. In the page it replaces the text between <c>&lt;!-- NAME --&gt;</c> and <c>&lt;!-- /NAME --&gt;</c>.</summary>
    /// <exception cref="InvalidOperationException">The page does not have these marks.</exception>
    public async Task WriteAsync(string name, string markdown)
    {
        Console.WriteLine();
        Console.WriteLine(markdown);
        if (path is null)
        {
            return;
        }

        var text = Replace(await File.ReadAllTextAsync(path), name, markdown);
        text = Replace(text, Collected, "");
        await File.WriteAllTextAsync(path, Replace(text, Collected, Targets.Collect(text)));
    }

    private string Replace(string text, string name, string markdown)
    {
        var (begin, end) = ($"<!-- {name} -->\n", $"<!-- /{name} -->");
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        if (from < begin.Length || to < from)
        {
            throw new InvalidOperationException($"{path} has no marks {begin.Trim()} and {end}.");
        }

        return $"{text[..from]}{markdown.TrimEnd('\n')}\n{text[to..]}";
    }
}
