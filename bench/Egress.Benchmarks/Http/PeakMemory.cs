namespace Egress.Benchmarks.Http;

/// <summary>Observes the peak memory of a process tree. The kernel records the peak of the parent process. The memory of its children is sampled.</summary>
internal sealed class PeakMemory : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ProcessTree _tree;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private long _largest;

    public PeakMemory(ProcessTree tree)
    {
        _tree = tree;
        tree.ResetPeak();
        _watching = WatchAsync();
    }

    /// <summary>The largest memory so far, in bytes.</summary>
    public long Bytes => Math.Max(_largest, _tree.PeakBytes);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _largest = Math.Max(_largest, _tree.ResidentBytes);
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
