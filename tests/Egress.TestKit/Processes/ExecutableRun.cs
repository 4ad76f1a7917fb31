using System.Diagnostics;
using System.Text;

namespace Egress.TestKit.Processes;

/// <summary>The arguments and the environment of a program run.</summary>
public sealed record ExecutableRun
{
    /// <summary>The arguments, without quoting.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The time limit. A program that still works then, as seen by its processor time, gets it again, until it has used ten times as much.</summary>
    public TimeSpan Limit { get; init; } = Executable.DefaultLimit;

    /// <summary>Working directory; null for the current one.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Environment variables in addition to the inherited ones; a null value removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The standard input; null for none.</summary>
    public Stream? Input { get; init; }

    /// <summary>The user that runs the program if the tests run as root; null for the user of the tests.</summary>
    public string? User { get; init; }

    internal ProcessStartInfo ToStartInfo(string path) => ProcessStart.Create(path, this, UnixSignal.Kill);
}

/// <summary>The result of a program that has exited.</summary>
/// <param name="CommandLine">The command line, for error messages.</param>
/// <param name="ExitCode">The exit code; 128 + n if signal n killed the program.</param>
/// <param name="OutputBytes">The standard output.</param>
/// <param name="ErrorBytes">The standard error.</param>
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
