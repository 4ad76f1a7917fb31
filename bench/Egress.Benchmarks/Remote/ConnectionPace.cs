using System.Diagnostics;

namespace Egress.Benchmarks.Remote;

/// <summary>Holds one connection to its speed, over any time longer than the timer's step.</summary>
/// <param name="bytesPerSecond">The speed.</param>
internal sealed class ConnectionPace(double bytesPerSecond)
{
    /// <summary>Timers are not finer than this: a sender may be so far ahead.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    private readonly long _origin = Stopwatch.GetTimestamp();
    private TimeSpan _busyUntil;

    /// <summary>Waits until so many bytes may go.</summary>
    public async ValueTask WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        var now = Stopwatch.GetElapsedTime(_origin);
        if (_busyUntil - now > Step)
        {
            await Task.Delay(_busyUntil - now, cancellationToken);
        }

        // A connection that idled does not catch up.
        _busyUntil = TimeSpan.FromTicks(Math.Max(_busyUntil.Ticks, now.Ticks)) + TimeSpan.FromSeconds(bytes / bytesPerSecond);
    }
}
