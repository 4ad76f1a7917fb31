using System.Diagnostics;
using System.Text;

namespace Egress.TestKit.Processes;

/// <summary>An installed program. Runs it until it exits, and captures its output.</summary>
/// <param name="Path">Absolute path of the program.</param>
public sealed record Executable(string Path)
{
    /// <summary>The part of a limit in which a program that does not wait has had a processor, even on a very busy machine.</summary>
    private const double BusyPart = 0.01;

    /// <summary>How many limits of processor time a program may use.</summary>
    private const int MostLimits = 10;

    /// <summary>The default time limit of a program.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Finds the first program with one of these names: on PATH, in the folders of administration programs, and in the folders of PostgreSQL.
    /// </summary>
    public static Executable? Find(params ReadOnlySpan<string> names)
    {
        string[] folders = [.. Folders()];
        foreach (string name in names)
        {
            string? path = folders.Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);
            if (path is not null)
            {
                return new Executable(path);
            }
        }

        return null;
    }

    /// <summary>Finds a program. If it is not installed, the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists the name.</summary>
    /// <param name="names">The possible names of the program. <c>EGRESS_REQUIRE</c> lists the first one.</param>
    public static Executable Require(params ReadOnlySpan<string> names)
    {
        Executable? found = Find(names);
        if (found is null)
        {
            Requirement.Missing(names[0], $"the program '{string.Join("' or '", names)}' is not installed");
        }

        return found;
    }

    /// <summary>Runs the program with <see cref="DefaultLimit"/>.</summary>
    public Task<ExecutableResult> RunAsync(params IEnumerable<string> arguments) =>
        RunAsync(new ExecutableRun { Arguments = [.. arguments] });

    /// <summary>Runs the program to its end. Does not throw for any exit code.</summary>
    /// <exception cref="TimeoutException">The program reached its limit and was waiting, or used ten limits of processor time. It was killed with its children.</exception>
    public async Task<ExecutableResult> RunAsync(ExecutableRun run, CancellationToken cancellationToken = default)
    {
        using Process process = await Spawner.StartAsync(run.ToStartInfo(Path));
        using var limit = new CancellationTokenSource();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        Task watching = EndWhenIdleAsync(process, run.Limit, limit, ended.Token);
        try
        {
            await Task.WhenAll(
                FeedAsync(process, run.Input, ended.Token),
                process.StandardOutput.BaseStream.CopyToAsync(output, ended.Token),
                process.StandardError.BaseStream.CopyToAsync(error, ended.Token),
                process.WaitForExitAsync(ended.Token));
        }
        catch (OperationCanceledException cause)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"{Path} ran longer than {run.Limit}.\n{Encoding.UTF8.GetString(error.ToArray())}", cause);
        }
        finally
        {
            await ended.CancelAsync();
            await watching;
        }

        return new ExecutableResult($"{Path} {string.Join(' ', run.Arguments)}", process.ExitCode, output.ToArray(), error.ToArray());
    }

    /// <summary>
    /// Ends a program that waits at its limit. One that works gets the limit again: on a busy machine the time of a computation says nothing.
    /// </summary>
    private static async Task EndWhenIdleAsync(Process process, TimeSpan limit, CancellationTokenSource end, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(limit);
        try
        {
            TimeSpan used = TimeSpan.Zero;
            TimeSpan before;
            do
            {
                await timer.WaitForNextTickAsync(ended);
                (before, used) = (used, ProcessorTime.OfTree(process.Id));
            }
            while (used - before >= limit * BusyPart && used < limit * MostLimits);

            await end.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The program has ended.
        }
    }

    private static async Task FeedAsync(Process process, Stream? input, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream stdin = process.StandardInput.BaseStream;
            if (input is not null)
            {
                await input.CopyToAsync(stdin, cancellationToken);
            }
        }
        catch (IOException)
        {
            // The program exited without reading all of its input. The exit code shows whether it failed.
        }
    }

    private static IEnumerable<string> Folders()
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator))
        {
            yield return folder;
        }

        yield return "/usr/sbin";
        yield return "/usr/local/sbin";
        const string postgres = "/usr/lib/postgresql";
        if (Directory.Exists(postgres))
        {
            // Debian has a folder with programs for each major version. The newest version comes first.
            foreach (string version in Directory.GetDirectories(postgres).OrderByDescending(path => path, StringComparer.Ordinal))
            {
                yield return System.IO.Path.Combine(version, "bin");
            }
        }
    }
}
