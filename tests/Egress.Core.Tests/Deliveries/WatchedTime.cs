using Microsoft.Extensions.Time.Testing;

namespace Egress.Core.Tests.Deliveries;

/// <summary>A clock that a test moves, and that counts the waits of one length, so that the test moves it only when something waits.</summary>
/// <param name="start">The time.</param>
/// <param name="watched">The length of the waits that are counted.</param>
internal sealed class WatchedTime(DateTimeOffset start, TimeSpan watched) : FakeTimeProvider(start)
{
    private int _waits;

    /// <summary>Waits that began.</summary>
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
