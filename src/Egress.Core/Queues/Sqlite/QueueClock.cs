namespace Egress.Queues.Sqlite;

/// <summary>
/// The time of a queue file, in milliseconds. It starts at the wall clock and from then on follows the monotonic clock: setting the wall clock
/// back does not delay retries, and setting it forward does not end leases. Not safe for concurrent use.
/// </summary>
internal sealed class QueueClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _base = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The time now. Never goes back.</summary>
    public long Now => _base + (long)time.GetElapsedTime(_started).TotalMilliseconds;

    /// <summary>Moves the clock forward to the newest time in the file, which a process with a wall clock that was ahead has written.</summary>
    public void AdvanceTo(long newest) => _base += Math.Max(0, newest - Now);
}
