using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>A server for tests: a child process with a temporary data folder, or an external server.</summary>
public abstract class LocalServer : IAsyncDisposable
{
    private protected static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly TempFolder? _folder;
    private ChildProcess? _process;

    /// <param name="folder">Data folder of a separate server, which is deleted when it is disposed; null for an external server.</param>
    private protected LocalServer(TempFolder? folder) => _folder = folder;

    /// <summary>The log of a separate server since its last start.</summary>
    public ProcessLog Log => Process.Log;

    private protected TempFolder Folder => _folder ?? throw External();

    private protected virtual UnixSignal StopSignal => UnixSignal.Terminate;

    private ChildProcess Process => _process ?? throw External();

    /// <summary>Shuts a separate server down normally.</summary>
    public async Task StopAsync() => await Process.StopAsync(StopSignal);

    /// <summary>Kills a separate server with all its sessions, like a crash.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Starts a separate server again, with the same port and data.</summary>
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

    /// <returns>The process, and the text in its log that shows that the server is ready.</returns>
    private protected abstract Task<(ChildProcess Process, string ReadyText)> LaunchAsync();

    private static InvalidOperationException External() => new("An external server is not the tests' to stop or start.");
}
