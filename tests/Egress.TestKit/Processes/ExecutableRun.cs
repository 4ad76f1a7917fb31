using System.Diagnostics;
using System.Text;

namespace Egress.TestKit.Processes;

/// <summary>How to run a program.</summary>
public sealed record ExecutableRun
{
    /// <summary>Arguments, each as the program shall see it.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Longest time it may run.</summary>
    public TimeSpan Limit { get; init; } = Executable.DefaultLimit;

    /// <summary>Folder it runs in; null for the current one.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Environment variables on top of the inherited ones; null as a value removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>What it reads on its standard input; null for nothing.</summary>
    public Stream? Input { get; init; }

    /// <summary>User to run as when the tests run as root; null for the same one.</summary>
    public string? User { get; init; }

    internal ProcessStartInfo ToStartInfo(string path) => ProcessStart.Create(path, this, UnixSignal.Kill);
}

/// <summary>How a program ended.</summary>
/// <param name="CommandLine">What was run, for messages.</param>
/// <param name="ExitCode">Its exit code; 128 + n when signal n ended it.</param>
/// <param name="OutputBytes">What it wrote to its standard output.</param>
/// <param name="ErrorBytes">What it wrote to its standard error.</param>
public sealed record ExecutableResult(string CommandLine, int ExitCode, byte[] OutputBytes, byte[] ErrorBytes)
{
    /// <summary>The standard output as UTF-8.</summary>
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>The standard error as UTF-8.</summary>
    public string Error => Encoding.UTF8.GetString(ErrorBytes);

    /// <summary>The same result, when the program ended with 0.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message holds all that it said.</exception>
    public ExecutableResult EnsureSuccess() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"{CommandLine} ended with {ExitCode}.\n{Output}{Error}");
}
