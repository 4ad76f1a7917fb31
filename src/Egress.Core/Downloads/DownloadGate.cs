namespace Egress.Downloads;

/// <summary>Counts the active downloads of this process, limits their number, and refuses new ones when the process shuts down. Thread-safe.</summary>
#pragma warning disable CA1001 // The token source is never disposed, because a timer may cancel it while the host is disposed. It has no resources to release.
internal sealed class DownloadGate(DownloadOptions options)
#pragma warning restore CA1001
{
    /// <summary>The value of <c>Retry-After</c> in refusals, because the process has no free slot or shuts down.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>The weight of a whole download in the limit. Requests for short ranges have less weight.</summary>
    private const int Whole = 16;

    private readonly CancellationTokenSource _interrupted = new();
    private int _active;

    /// <summary>The total weight of the downloads that are sending.</summary>
    private long _sending;
    private volatile bool _draining;

    /// <summary>The refusal of a request that has not begun to stream when the process shuts down.</summary>
    public static Rejection ShuttingDown { get; } = new(RejectionReason.Draining) { RetryAfter = RetryAfter };

    /// <summary>The number of active downloads: those that are sending, and those whose outcome is being reported.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Whether new downloads are refused because the process shuts down.</summary>
    public bool IsDraining => _draining;

    /// <summary>Is canceled when active downloads must end. They are reported as interrupted.</summary>
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

    /// <summary>Takes a slot for a download, if the limit allows it.</summary>
    /// <param name="slot">The slot, which is released by disposing it; null if the download is refused.</param>
    /// <param name="weight">The weight of the request, in sixteenths of a download.</param>
    /// <returns>The refusal; null if a slot was taken.</returns>
    public Rejection? TryEnter(out DownloadSlot? slot, int weight = Whole)
    {
        slot = null;
        if (_draining)
        {
            return ShuttingDown;
        }

        if (TryTake(weight) is { } refused)
        {
            return refused;
        }

        Interlocked.Increment(ref _active);
        slot = new DownloadSlot(() => EndSending(weight), Leave);
        return null;
    }

    /// <summary>Raises the weight of a slot to that of a whole download, because the request turned out not to be for a short range.</summary>
    /// <param name="slot">The slot of the request. The additional weight is released with it.</param>
    /// <param name="weight">The weight for which the slot was taken.</param>
    /// <returns>The refusal; null if the limit allows the whole download.</returns>
    public Rejection? TryEnterWhole(DownloadSlot slot, int weight)
    {
        var rejection = TryTake(Whole - weight);
        if (rejection is null)
        {
            slot.Add(new Rest(() => EndSending(Whole - weight)));
        }

        return rejection;
    }

    private Rejection? TryTake(int weight)
    {
        if (Interlocked.Add(ref _sending, weight) > (long)Whole * options.MaxActiveDownloads && options.MaxActiveDownloads > 0)
        {
            EndSending(weight);
            return new Rejection(RejectionReason.AtCapacity)
            {
                RetryAfter = RetryAfter,
                Detail = $"{options.MaxActiveDownloads} downloads are active (MAX_ACTIVE_DOWNLOADS)",
            };
        }

        return null;
    }

    private void EndSending(int weight) => Interlocked.Add(ref _sending, -weight);

    private void Leave()
    {
        if (Interlocked.Decrement(ref _active) == 0 && _draining)
        {
            Drained?.Invoke();
        }
    }

    private sealed class Rest(Action release) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                release();
            }
        }
    }
}
