using System.Globalization;

namespace Egress.TestKit.Processes;

/// <summary>Runs programs on a pseudo-terminal, which Python provides.</summary>
public static class PseudoTerminal
{
    private static readonly string Script = Path.Combine(RepositoryRoot.Path, "tests/Egress.TestKit/Processes/terminal.py");

    /// <summary>Runs a program on a terminal.</summary>
    /// <param name="program">The program.</param>
    /// <param name="run">How to run it.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="interruptAfter">The output after which Ctrl+C is typed; null for never.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <returns>The exit code. The standard output is the output to the terminal.</returns>
    public static Task<ExecutableResult> RunAsync(
        Executable program, ExecutableRun run, int width, string? interruptAfter = null, CancellationToken cancellationToken = default)
    {
        var columns = width.ToString(CultureInfo.InvariantCulture);
        return Executable.Require("python3").RunAsync(run with { Arguments = [Script, columns, interruptAfter ?? "", program.Path, .. run.Arguments] }, cancellationToken);
    }
}
