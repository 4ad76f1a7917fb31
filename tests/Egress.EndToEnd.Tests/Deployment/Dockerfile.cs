using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.TestKit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>An instruction of a Dockerfile. Continued lines are joined.</summary>
/// <param name="Keyword">The keyword in upper case.</param>
/// <param name="Flags">The flags (<c>--…</c>) before the arguments.</param>
/// <param name="Arguments">The arguments as text.</param>
internal sealed record Instruction(string Keyword, IReadOnlyList<string> Flags, string Arguments)
{
    /// <summary>The arguments, split at white space.</summary>
    public string[] Words => Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The arguments of an instruction in the exec form (JSON).</summary>
    /// <exception cref="JsonException">The instruction has the shell form.</exception>
    public string[] Json => JsonSerializer.Deserialize<string[]>(Arguments)!;
}

/// <summary>A Dockerfile of the repository. Heredocs and the escape directive are not supported, because no file here uses them.</summary>
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

    /// <summary>All instructions, in order.</summary>
    public IReadOnlyList<Instruction> Instructions { get; }

    /// <summary>The instructions of the last stage.</summary>
    public IEnumerable<Instruction> LastStage => Instructions.Skip(Instructions.ToList().FindLastIndex(static i => i.Keyword == "FROM"));

    /// <summary>The paths in the build context that are copied into the image.</summary>
    public IEnumerable<string> Sources => Instructions
        .Where(static i => i.Keyword == "COPY" && !i.Flags.Any(static flag => flag.StartsWith("--from=", StringComparison.Ordinal)))
        .SelectMany(static i => i.Words[..^1]);

    /// <summary>The environment variables of the final image.</summary>
    public IEnumerable<(string Name, string Value)> Environment => LastStage.Where(static i => i.Keyword == "ENV").SelectMany(static i => i.Words)
        .Select(static pair => pair.Split('=', 2)).Select(static pair => (pair[0], pair[1]));

    public static Dockerfile Read(string path) => new(File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)));

    /// <summary>Returns the instruction of the final stage that has a keyword. There must be exactly one.</summary>
    public Instruction Single(string keyword) => LastStage.Single(i => i.Keyword == keyword);

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\s*\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^(?<keyword>[A-Z]+)(?<flag>\s+--\S+)*\s+(?<arguments>.+)$")]
    private static partial Regex Line();
}
