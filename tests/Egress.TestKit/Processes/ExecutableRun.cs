using System.Diagnostics;
using System.Text;

namespace Egress.TestKit.Processes;

/// <summary>How to run a program.</summary>
public sealed record ExecutableRun
{
    /// <summary>Arguments, without quoting.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The time limit. A program that still works then, as seen by its processor time, gets it again, until it has used ten times as much.</summary>
    public TimeSpan Limit { get; init; } = Executable.DefaultLimit;

    /// <summary>Working directory; null for the current one.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Environment variables in addition to the inherited ones; a null value removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Its standard input; null for none.</summary>
    public Stream? Input { get; init; }

    /// <summary>The user for the program if the tests run as root; null for the same user.</summary>
    public string? User { get; init; }

    internal ProcessStartInfo ToStartInfo(string path) => ProcessStart.Create(path, this, UnixSignal.Kill);
}

/// <summary>How a program ended.</summary>
/// <param name="CommandLine">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code; 128 + n when signal n ended it.</param>
/// <param name="OutputBytes">Its standard output.</param>
/// <param name="ErrorBytes">Its standard error.</param>
public sealed record ExecutableResult(string CommandLine, int ExitCode, byte[] OutputBytes, byte[] ErrorBytes)
{
    /// <summary>The standard output as UTF-8.</summary>
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>The standard error as UTF-8.</summary>
    public string Error => Encoding.UTF8.GetString(ErrorBytes);

    /// <summary>Returns this result if the exit code is 0.</summary>
    /// <exception cref="InvalidOperationException">The exit code is not 0. The message contains the output.</exception>
    public ExecutableResult EnsureSuccess() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"{CommandLine} ended with {ExitCode}.\n{Output}{Error}");
}
