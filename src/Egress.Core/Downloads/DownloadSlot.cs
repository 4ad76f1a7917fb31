namespace Egress.Downloads;

/// <summary>
/// The slot that a download takes in the limits on concurrent downloads. A shutdown waits until the slot is disposed. Other downloads can take its place as
/// soon as the client has received everything. Thread-safe.
/// </summary>
/// <param name="endSending">Called once, when other downloads may take the slot.</param>
/// <param name="leave">Called once, when a shutdown does not have to wait any more.</param>
internal sealed class DownloadSlot(Action endSending, Action leave) : IDisposable
{
    private readonly List<IDisposable> _limits = [];
    private Task _tail = Task.CompletedTask;
    private int _hasSent;
    private int _hasLeft;

    /// <summary>Adds a lease of a further limit, which is released with this slot.</summary>
    public void Add(IDisposable? limit)
    {
        if (limit is not null)
        {
            _limits.Add(limit);
        }
    }

    /// <summary>Releases the limits to other downloads, because the client has received everything. The outcome may still have to be reported.</summary>
    public void EndSending()
    {
        if (Interlocked.Exchange(ref _hasSent, 1) == 0)
        {
            _limits.ForEach(static limit => limit.Dispose());
            endSending();
        }
    }

    /// <summary>Makes a shutdown also wait for the work that follows the response. Called before the slot is disposed.</summary>
    public void LeaveAfter(Task tail) => _tail = tail;

    /// <inheritdoc/>
    public void Dispose()
    {
        EndSending();
        _ = LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        await _tail.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
        {
            leave();
        }
    }
}
