using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.TestKit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>One instruction, its continued lines joined.</summary>
/// <param name="Keyword">Upper-case keyword.</param>
/// <param name="Flags">What begins with <c>--</c> before the arguments.</param>
/// <param name="Arguments">The rest.</param>
internal sealed record Instruction(string Keyword, IReadOnlyList<string> Flags, string Arguments)
{
    /// <summary>The arguments between blanks.</summary>
    public string[] Words => Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The arguments of the form without a shell.</summary>
    /// <exception cref="JsonException">They have the other form.</exception>
    public string[] Json => JsonSerializer.Deserialize<string[]>(Arguments)!;
}

/// <summary>A Dockerfile of the repository, as far as the ones here go: no heredocs, no escape directive.</summary>
internal sealed partial class Dockerfile
{
    private Dockerfile(string text) => Instructions =
    [
        .. Continuation().Replace(Comment().Replace(text, ""), " ").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => Line().Match(line))
            .Select(static match => new Instruction(
                match.Groups["keyword"].Value,
                [.. match.Groups["flag"].Captures.Select(static flag => flag.Value.Trim())],
                match.Groups["arguments"].Value)),
    ];

    /// <summary>All of them, in order.</summary>
    public IReadOnlyList<Instruction> Instructions { get; }

    /// <summary>Those of the image that results.</summary>
    public IEnumerable<Instruction> LastStage => Instructions.Skip(Instructions.ToList().FindLastIndex(static i => i.Keyword == "FROM"));

    /// <summary>What is copied out of the build context.</summary>
    public IEnumerable<string> Sources => Instructions
        .Where(static i => i.Keyword == "COPY" && !i.Flags.Any(static flag => flag.StartsWith("--from=", StringComparison.Ordinal)))
        .SelectMany(static i => i.Words[..^1]);

    /// <summary>The variables of the image that results.</summary>
    public IEnumerable<(string Name, string Value)> Environment => LastStage.Where(static i => i.Keyword == "ENV").SelectMany(static i => i.Words)
        .Select(static pair => pair.Split('=', 2)).Select(static pair => (pair[0], pair[1]));

    public static Dockerfile Read(string path) => new(File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)));

    /// <summary>The only one in the image that results.</summary>
    public Instruction Single(string keyword) => LastStage.Single(i => i.Keyword == keyword);

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\s*\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^(?<keyword>[A-Z]+)(?<flag>\s+--\S+)*\s+(?<arguments>.+)$")]
    private static partial Regex Line();
}
