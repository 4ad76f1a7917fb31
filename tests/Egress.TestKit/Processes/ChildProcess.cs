using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Egress.TestKit.Processes;

/// <summary>A child process of the tests, with its output. It exits at the latest with the test process.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<ChildProcess, bool> Live = [];
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // The error number ESRCH, on Linux and macOS.
    private const int NoSuchProcess = 3;

    private readonly Process _process;
    private readonly UnixSignal _deathSignal;
    private readonly Task _output;

    private ChildProcess(Process process, UnixSignal deathSignal)
    {
        _process = process;
        _deathSignal = deathSignal;
        _output = Task.WhenAll(Log.FillAsync(process.StandardOutput), Log.FillAsync(process.StandardError));
        process.StandardInput.Close();
        TestRunCleanup.Arm();
        Live.TryAdd(this, true);
        Exited = WaitAsync();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>The standard output and the standard error.</summary>
    public ProcessLog Log { get; } = new();

    /// <summary>Completes with the exit code after the process has exited and the log is complete.</summary>
    public Task<int> Exited { get; }

    /// <summary>Memory in use (resident set) in bytes. Linux only.</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan("VmRSS:".Length).Trim().TrimEnd(" kB"), provider: null) * 1024;
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="run">Arguments, folder, environment and user. Its input and its time limit are ignored.</param>
    /// <param name="deathSignal">The signal that the kernel sends to the child when the test process exits or is killed.</param>
    public static async Task<ChildProcess> StartAsync(Executable program, ExecutableRun run, UnixSignal deathSignal = UnixSignal.Kill) =>
        new(await Spawner.StartAsync(ProcessStart.Create(program.Path, run, deathSignal)), deathSignal);

    /// <summary>Waits for a line of the log that contains the text, and returns it.</summary>
    /// <exception cref="InvalidOperationException">The program exited, or the time limit passed. The message contains the log.</exception>
    public async Task<string> WaitForLineAsync(string text, TimeSpan limit)
    {
        Task<string> line = Log.WaitForLineAsync(text);
        Task first = await Task.WhenAny(line, Exited, Task.Delay(limit, TimeProvider.System));
        if (first == line || line.IsCompleted)
        {
            return await line;
        }

        string what = first == Exited ? $"ended with {await Exited}" : $"took longer than {limit}";
        throw new InvalidOperationException($"{_process.StartInfo.FileName} {what} before it said '{text}'.\n{Log}");
    }

    /// <summary>Sends a signal to the process. Does nothing if it has exited.</summary>
    public void Signal(UnixSignal signal)
    {
        if (!_process.HasExited && Kill(Id, (int)signal) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
        {
            throw new InvalidOperationException($"kill({Id}, {signal}): error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Sends the stop signal, and waits until the process has exited.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">The process did not exit within half a minute.</exception>
    public Task<int> StopAsync(UnixSignal signal = UnixSignal.Terminate)
    {
        Signal(signal);
        return Exited.WaitAsync(StopLimit, TimeProvider.System);
    }

    /// <summary>Kills the process and its children, like a crash, and waits until they have exited.</summary>
    public async Task KillAsync()
    {
        KillNow();
        await Exited.WaitAsync(StopLimit, TimeProvider.System);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();

    /// <summary>Kills every child process that is still running.</summary>
    internal static void EndAll() => Parallel.ForEach(Live.Keys, child => child.EndWithTests());

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        await _output;
        Live.TryRemove(this, out _);
        return _process.ExitCode;
    }

    private void EndWithTests()
    {
        if (!_process.HasExited)
        {
            Signal(_deathSignal);
            _process.WaitForExit(TimeSpan.FromSeconds(5));
            KillNow();
        }
    }

    private void KillNow()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(StopLimit);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}

/// <summary>Signals that have the same number on Linux and macOS.</summary>
public enum UnixSignal
{
    /// <summary>SIGINT.</summary>
    Interrupt = 2,

    /// <summary>SIGQUIT.</summary>
    Quit = 3,

    /// <summary>SIGKILL.</summary>
    Kill = 9,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,
}
