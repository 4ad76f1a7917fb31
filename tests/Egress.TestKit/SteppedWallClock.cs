namespace Egress.TestKit;

/// <summary>A clock whose wall time can be set forward and back, as by an operator or NTP. Its timestamps and timers are not affected.</summary>
/// <param name="inner">The clock that provides the time.</param>
public sealed class SteppedWallClock(TimeProvider inner) : TimeProvider
{
    private long _step;
    private int _waits;

    /// <inheritdoc/>
    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <summary>Number of timers that have not fired yet. Correct for timers that fire once and are not stopped before.</summary>
    public int Waits => Volatile.Read(ref _waits);

    /// <summary>Sets the wall clock forward, or back by a negative step.</summary>
    public void Step(TimeSpan step) => Interlocked.Add(ref _step, step.Ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _step));

    /// <inheritdoc/>
    public override long GetTimestamp() => inner.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _waits);
        return inner.CreateTimer(
            argument =>
            {
                Interlocked.Decrement(ref _waits);
                callback(argument);
            },
            state,
            dueTime,
            period);
    }
}
