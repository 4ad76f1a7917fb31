namespace Egress.Queues.Sqlite;

/// <summary>
/// The time of a queue file, in milliseconds. It starts at the wall clock and then follows the monotonic clock. So retries are not delayed if the
/// wall clock is set back, and leases do not end if it is set forward. Not safe for concurrent use.
/// </summary>
internal sealed class QueueClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _base = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The current time, in milliseconds. It never decreases.</summary>
    public long Now => _base + (long)time.GetElapsedTime(_started).TotalMilliseconds;

    /// <summary>Moves the clock forward to the newest time in the file, which may come from a process whose wall clock was ahead.</summary>
    public void AdvanceTo(long newest) => _base += Math.Max(0, newest - Now);
}
