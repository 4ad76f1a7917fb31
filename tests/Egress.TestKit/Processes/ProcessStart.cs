using System.Diagnostics;

namespace Egress.TestKit.Processes;

/// <summary>
/// Creates the command line of a child process that exits with the test process, and that does not run as root if the program refuses root.
/// </summary>
internal static class ProcessStart
{
    private static readonly Lazy<Executable?> SetPriv = new(() => OperatingSystem.IsLinux() ? Executable.Find("setpriv") : null);

    /// <param name="path">The program.</param>
    /// <param name="run">The arguments, folder, environment and user.</param>
    /// <param name="deathSignal">The signal that the kernel sends to the child when the test process exits or is killed.</param>
    internal static ProcessStartInfo Create(string path, ExecutableRun run, UnixSignal deathSignal)
    {
        string? user = Environment.IsPrivilegedProcess ? run.User : null;
        var start = new ProcessStartInfo(path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = run.WorkingDirectory ?? "",
        };
        if (SetPriv.Value is { } setpriv)
        {
            // A change of the user clears the death signal, so setpriv changes the user first and then sets the signal. It then executes the program
            // in the same process.
            start.FileName = setpriv.Path;
            string[] identity = user is null ? [] : ["--reuid", user, "--regid", user, "--init-groups"];
            foreach (string argument in identity.Concat(["--pdeathsig", Name(deathSignal), "--", path]))
            {
                start.ArgumentList.Add(argument);
            }
        }
        else if (user is not null)
        {
            throw new InvalidOperationException($"{path} must not run as root, and setpriv (util-linux) is not there to change the user.");
        }

        foreach (string argument in run.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string? value) in run.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static string Name(UnixSignal signal) => signal switch
    {
        UnixSignal.Interrupt => "INT",
        UnixSignal.Quit => "QUIT",
        UnixSignal.Kill => "KILL",
        UnixSignal.Terminate => "TERM",
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
    };
}
