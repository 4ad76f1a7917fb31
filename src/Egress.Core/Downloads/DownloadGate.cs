namespace Egress.Downloads;

/// <summary>Counts running downloads, holds them to the limit of this process, and closes when the process goes down. Thread-safe.</summary>
internal sealed class DownloadGate(DownloadOptions options) : IDisposable
{
    /// <summary>What a client that met a full or closing process is told to wait.</summary>
    private static readonly TimeSpan TryAgainIn = TimeSpan.FromSeconds(5);

    /// <summary>What a request meets that has not begun to stream when the process goes down.</summary>
    internal static Rejection ShuttingDown { get; } = new(RejectionReason.Draining) { RetryAfter = TryAgainIn };

    private readonly CancellationTokenSource _interrupted = new();
    private int _active;
    private volatile bool _draining;

    /// <summary>Downloads that run now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Whether new downloads are refused because the process goes down.</summary>
    public bool IsDraining => _draining;

    /// <summary>Fires when the time for running downloads is over: what still runs ends as interrupted.</summary>
    public CancellationToken Interrupted => _interrupted.Token;

    /// <summary>Raised when the last running download ends while the process goes down.</summary>
    public event Action? Drained;

    /// <summary>Refuses new downloads from now on; running ones go on.</summary>
    public void Drain() => _draining = true;

    /// <summary>Ends every download that still runs.</summary>
    public void Interrupt()
    {
        Drain();
        _interrupted.Cancel();
    }

    /// <summary>Takes a place for a download.</summary>
    /// <param name="place">The place, given back by disposing it; null when refused.</param>
    /// <returns>The refusal; null when a place was taken.</returns>
    public Rejection? TryEnter(out IDisposable? place)
    {
        place = null;
        if (_draining)
        {
            return ShuttingDown;
        }

        if (Interlocked.Increment(ref _active) > options.MaxActiveDownloads && options.MaxActiveDownloads > 0)
        {
            Interlocked.Decrement(ref _active);
            return new Rejection(RejectionReason.AtCapacity)
            {
                RetryAfter = TryAgainIn,
                Detail = $"all {options.MaxActiveDownloads} places (MAX_ACTIVE_DOWNLOADS) are taken",
            };
        }

        place = new Place(this);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _interrupted.Dispose();

    private sealed class Place(DownloadGate gate) : IDisposable
    {
        private DownloadGate? _gate = gate;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gate, null) is { } gate)
            {
                if (Interlocked.Decrement(ref gate._active) == 0 && gate._draining)
                {
                    gate.Drained?.Invoke();
                }
            }
        }
    }
}
