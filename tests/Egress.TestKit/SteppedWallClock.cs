namespace Egress.TestKit;

/// <summary>A clock whose wall time can be set forward and back, as an operator or NTP does. Its timestamps and timers are not affected.</summary>
/// <param name="inner">The clock that is adjusted.</param>
public sealed class SteppedWallClock(TimeProvider inner) : TimeProvider
{
    private long _step;
    private int _waits;

    /// <inheritdoc/>
    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <summary>Number of timers that have not fired yet. It is correct only for timers that fire once and are not stopped earlier.</summary>
    public int Waits => Volatile.Read(ref _waits);

    /// <summary>Sets the wall time forward, or back if the step is negative.</summary>
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
