namespace Egress.Downloads;

/// <summary>Counts active downloads, limits them for this process, and closes when the process shuts down. Thread-safe.</summary>
#pragma warning disable CA1001 // A deadline may interrupt while the host is disposed: the source must then still be there. It holds nothing that needs disposal.
internal sealed class DownloadGate(DownloadOptions options)
#pragma warning restore CA1001
{
    /// <summary>The <c>Retry-After</c> of a process that is full or shuts down.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _interrupted = new();
    private int _active;
    private int _sending;
    private volatile bool _draining;

    /// <summary>The refusal of a request that has not begun to stream when the process shuts down.</summary>
    public static Rejection ShuttingDown { get; } = new(RejectionReason.Draining) { RetryAfter = RetryAfter };

    /// <summary>Downloads that are active now: those that send, and those whose outcome is still being reported.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Whether new downloads are refused because the process shuts down.</summary>
    public bool IsDraining => _draining;

    /// <summary>Fires when active downloads must end: they end as interrupted.</summary>
    public CancellationToken Interrupted => _interrupted.Token;

    /// <summary>Raised when the last active download ends while the process shuts down.</summary>
    public event Action? Drained;

    /// <summary>Refuses new downloads from now on; active ones continue.</summary>
    public void Drain() => _draining = true;

    /// <summary>Ends every active download.</summary>
    public void Interrupt()
    {
        Drain();
        _interrupted.Cancel();
    }

    /// <summary>Takes a slot for a download.</summary>
    /// <param name="slot">The slot, given back by disposing it; null if the download is refused.</param>
    /// <returns>The refusal; null if a slot was taken.</returns>
    public Rejection? TryEnter(out DownloadSlot? slot)
    {
        slot = null;
        if (_draining)
        {
            return ShuttingDown;
        }

        if (Interlocked.Increment(ref _sending) > options.MaxActiveDownloads && options.MaxActiveDownloads > 0)
        {
            Interlocked.Decrement(ref _sending);
            return new Rejection(RejectionReason.AtCapacity)
            {
                RetryAfter = RetryAfter,
                Detail = $"{options.MaxActiveDownloads} downloads are active (MAX_ACTIVE_DOWNLOADS)",
            };
        }

        Interlocked.Increment(ref _active);
        slot = new DownloadSlot(EndSending, Leave);
        return null;
    }

    private void EndSending() => Interlocked.Decrement(ref _sending);

    private void Leave()
    {
        if (Interlocked.Decrement(ref _active) == 0 && _draining)
        {
            Drained?.Invoke();
        }
    }
}
