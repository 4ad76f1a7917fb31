using System.Globalization;

namespace Egress.TestKit.Processes;

/// <summary>Runs programs on a pseudo-terminal that Python's module pty provides.</summary>
public static class PseudoTerminal
{
    private static readonly string Script = Path.Combine(RepositoryRoot.Path, "tests/Egress.TestKit/Processes/terminal.py");

    /// <summary>Runs a program on a pseudo-terminal.</summary>
    /// <param name="program">The program.</param>
    /// <param name="run">The arguments and the environment.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="interruptAfter">The output after which Ctrl+C is typed; null to type nothing.</param>
    /// <param name="cancellationToken">Kills the program when it is canceled.</param>
    /// <returns>The exit code, and the output to the terminal as standard output.</returns>
    public static Task<ExecutableResult> RunAsync(
        Executable program, ExecutableRun run, int width, string? interruptAfter = null, CancellationToken cancellationToken = default)
    {
        var columns = width.ToString(CultureInfo.InvariantCulture);
        return Executable.Require("python3").RunAsync(run with { Arguments = [Script, columns, interruptAfter ?? "", program.Path, .. run.Arguments] }, cancellationToken);
    }
}
