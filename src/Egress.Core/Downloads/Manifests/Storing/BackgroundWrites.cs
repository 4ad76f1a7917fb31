namespace Egress.Downloads.Manifests.Storing;

/// <summary>Performs writes to the manifest store in the background, one after the other. Safe for concurrent use.</summary>
internal sealed class BackgroundWrites(ManifestStoreGuard guard, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The largest number of waiting writes. Further writes are dropped: a process that needs such a manifest plans the archive again.</summary>
    public const int MostWaiting = 64;

    /// <summary>How long a shutdown waits for the enqueued writes before it cancels them.</summary>
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _writing = Task.CompletedTask;
    private int _waiting;

    /// <summary>Completes when all writes that were enqueued before have ended.</summary>
    public Task WhenWritten
    {
        get
        {
            lock (_lock)
            {
                return _writing;
            }
        }
    }

    /// <summary>Enqueues a write.</summary>
    public void Enqueue(Func<CancellationToken, Task> write)
    {
        lock (_lock)
        {
            if (!guard.IsRefused && _waiting < MostWaiting && !_stop.IsCancellationRequested)
            {
                _waiting++;
                _writing = AfterAsync(_writing, write);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await WhenWritten.WaitAsync(ShutdownGrace, time);
        }
        catch (TimeoutException)
        {
            await _stop.CancelAsync();
            await WhenWritten;
        }

        _stop.Dispose();
    }

    private async Task AfterAsync(Task earlier, Func<CancellationToken, Task> write)
    {
        // Runs on another thread than the request, even if a database driver blocks its calling thread.
        await earlier.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (!guard.IsRefused)
            {
                await guard.TryAsync(() => write(_stop.Token));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The write was canceled because the process shuts down.
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
