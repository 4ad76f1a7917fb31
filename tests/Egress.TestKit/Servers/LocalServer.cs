using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>A server that is a child process with a throw-away data folder, or an external one that the tests only use.</summary>
public abstract class LocalServer : IAsyncDisposable
{
    private protected static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly TempFolder? _folder;
    private ChildProcess? _process;

    /// <param name="folder">Data folder of a separate server, which goes with it; null for an external one.</param>
    private protected LocalServer(TempFolder? folder) => _folder = folder;

    /// <summary>What a separate server has logged since it last started.</summary>
    public ProcessLog Log => Process.Log;

    private protected TempFolder Folder => _folder ?? throw External();

    private protected virtual UnixSignal StopSignal => UnixSignal.Terminate;

    private ChildProcess Process => _process ?? throw External();

    /// <summary>Shuts a separate server down in order.</summary>
    public async Task StopAsync() => await Process.StopAsync(StopSignal);

    /// <summary>Kills a separate server with all its sessions, as a crash would.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Starts a separate server again, on the same port and data.</summary>
    public async Task StartAgainAsync()
    {
        await Process.DisposeAsync();
        await StartProcessAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        if (_folder is not null)
        {
            await _folder.DisposeAsync();
        }
    }

    private protected async Task StartProcessAsync()
    {
        (_process, string ready) = await LaunchAsync();
        await _process.WaitForLineAsync(ready, StartLimit);
    }

    /// <returns>The process, and the text of its log by which it says that it can be used.</returns>
    private protected abstract Task<(ChildProcess Process, string ReadyText)> LaunchAsync();

    private static InvalidOperationException External() => new("An external server is not the tests' to stop or start.");
}
