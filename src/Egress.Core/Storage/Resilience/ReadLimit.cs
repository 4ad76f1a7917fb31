using Egress.Backends;

namespace Egress.Storage.Resilience;

/// <summary>
/// Limits the time of each single read. The time between reads does not count, so a slow client has no effect. One timer serves all reads of an object. Not
/// safe for concurrent use.
/// </summary>
/// <param name="limit">The longest time of a read; zero is unlimited.</param>
/// <param name="time">The clock.</param>
internal sealed class ReadLimit(TimeSpan limit, TimeProvider time) : IDisposable
{
    private CancellationTokenSource? _timer;

    /// <summary>Reads from a stream within the time limit.</summary>
    /// <exception cref="BackendException">The time limit has passed (<see cref="BackendFault.TimedOut"/>), or the source failed.</exception>
    public ValueTask<int> ReadAsync(Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero)
        {
            return source.ReadAsync(buffer, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var timer = Timer();
        var reading = source.ReadAsync(buffer, timer.Token);
        return reading.IsCompleted ? reading : AwaitAsync(reading, timer, cancellationToken);
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>Awaits a read that did not complete immediately, with the time limit.</summary>
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading, CancellationTokenSource timer, CancellationToken cancellationToken)
    {
        timer.CancelAfter(limit);
        using var link = cancellationToken.UnsafeRegister(static timer => ((CancellationTokenSource)timer!).Cancel(), timer);
        try
        {
            return await reading;
        }
        catch (Exception exception) when (timer.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackendException(Backend.Storage, BackendFault.TimedOut, $"No byte of the object arrived within {limit}.", exception);
        }
        finally
        {
            timer.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private CancellationTokenSource Timer()
    {
        if (_timer is null or { IsCancellationRequested: true })
        {
            _timer?.Dispose();
            // With the system clock, this source creates a timer only when a delay is set. Most reads of small objects complete immediately and need none.
            _timer = time == TimeProvider.System ? new CancellationTokenSource() : new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        return _timer;
    }
}
