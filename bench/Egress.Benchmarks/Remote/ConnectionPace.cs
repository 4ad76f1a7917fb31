using System.Diagnostics;

namespace Egress.Benchmarks.Remote;

/// <summary>Limits the rate of one connection, on average over times that are longer than a timer's resolution.</summary>
/// <param name="bytesPerSecond">The rate limit.</param>
internal sealed class ConnectionPace(double bytesPerSecond)
{
    /// <summary>How far a sender may be ahead of the rate, because timers do not have a finer resolution.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    private readonly long _origin = Stopwatch.GetTimestamp();
    private TimeSpan _busyUntil;

    /// <summary>Waits until this many bytes may be sent.</summary>
    public async ValueTask WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        var now = Stopwatch.GetElapsedTime(_origin);
        if (_busyUntil - now > Step)
        {
            await Task.Delay(_busyUntil - now, cancellationToken);
        }

        // An idle connection does not accumulate unused rate.
        _busyUntil = TimeSpan.FromTicks(Math.Max(_busyUntil.Ticks, now.Ticks)) + TimeSpan.FromSeconds(bytes / bytesPerSecond);
    }
}
