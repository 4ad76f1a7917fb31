using Microsoft.Extensions.Time.Testing;

namespace Egress.Core.Tests.Deliveries;

/// <summary>
/// A clock that a test advances. It counts the waits of one length, so that the test can advance it exactly when the code under test waits.
/// </summary>
/// <param name="start">The time at the start.</param>
/// <param name="watched">The length of the waits to count.</param>
internal sealed class WatchedTime(DateTimeOffset start, TimeSpan watched) : FakeTimeProvider(start)
{
    private int _waits;

    /// <summary>Number of waits that have begun.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == watched)
        {
            Interlocked.Increment(ref _waits);
        }

        return timer;
    }
}
