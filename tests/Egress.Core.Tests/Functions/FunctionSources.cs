using System.Text.RegularExpressions;
using Egress.Http;
using Egress.TestKit;

namespace Egress.Core.Tests.Functions;

/// <summary>An HTTP function, read from its source.</summary>
/// <param name="File">Name of the file without its extension.</param>
/// <param name="Class">Name of the class.</param>
/// <param name="Name">Name of the function.</param>
/// <param name="Level">The authorization level.</param>
/// <param name="Methods">Source text of the list of methods; empty if every method is accepted.</param>
/// <param name="Route">The route template.</param>
internal sealed record HttpFunction(string File, string Class, string Name, string Level, string Methods, string Route);

/// <summary>A queue-triggered function, read from its source.</summary>
/// <param name="File">Name of the file without its extension.</param>
/// <param name="Name">Name of the function.</param>
/// <param name="Queue">Source text of the trigger's arguments: the expression for the queue, and further ones.</param>
internal sealed record QueueFunction(string File, string Name, string Queue);

/// <summary>Reads the sources of the Functions app, which these tests do not reference.</summary>
internal static partial class FunctionSources
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "src", "Egress.Functions");

    /// <summary>Number of functions of any kind.</summary>
    public static int Count => Files.Sum(static file => FunctionAttribute().Count(File.ReadAllText(file)));

    private static IEnumerable<string> Files =>
        Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !Path.GetRelativePath(Folder, file).StartsWith("obj" + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>The HTTP functions in the order of their names, in which the host matches them.</summary>
    public static IReadOnlyList<HttpFunction> Http { get; } =
        [.. Files.SelectMany(Read).OrderBy(static function => function.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The queue-triggered functions.</summary>
    public static IReadOnlyList<QueueFunction> Queues { get; } =
    [
        .. from file in Files
           let source = File.ReadAllText(file)
           let trigger = QueueTrigger().Match(source)
           where trigger.Success
           orderby Path.GetFileName(file)
           select new QueueFunction(
               Path.GetFileNameWithoutExtension(file), FunctionAttribute().Match(source).Groups[1].Value, trigger.Groups[1].Value),
    ];

    /// <summary>Returns the source of a function.</summary>
    /// <param name="function">Name of its file without the extension.</param>
    public static string Text(string function) => File.ReadAllText(Files.Single(file => Path.GetFileNameWithoutExtension(file) == function));

    private static IEnumerable<HttpFunction> Read(string file)
    {
        var source = File.ReadAllText(file);
        var trigger = HttpTrigger().Match(source);
        if (trigger.Success)
        {
            var route = trigger.Groups["route"].Value;
            yield return new HttpFunction(
                Path.GetFileNameWithoutExtension(file),
                ClassName().Match(source).Groups[1].Value,
                FunctionAttribute().Match(source).Groups[1].Value,
                trigger.Groups["level"].Value,
                trigger.Groups["methods"].Value,
                (string)typeof(EgressRoutes).GetField(route)!.GetRawConstantValue()!);
        }
    }

    [GeneratedRegex(@"public sealed class (\w+)")]
    private static partial Regex ClassName();

    [GeneratedRegex(@"\[Function\(nameof\((\w+)\)\)\]")]
    private static partial Regex FunctionAttribute();

    [GeneratedRegex(@"\[QueueTrigger\((.+?)\)\]")]
    private static partial Regex QueueTrigger();

    [GeneratedRegex("""\[HttpTrigger\(AuthorizationLevel\.(?<level>\w+),(?<methods>.*?)\s*Route = EgressRoutes\.(?<route>\w+)\)\]""")]
    private static partial Regex HttpTrigger();
}
