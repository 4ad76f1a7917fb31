namespace Egress.Storage.Resilience;

/// <summary>
/// Limits how long single reads wait. Only the time inside a read counts, so a slow client costs nothing; one timer serves all reads
/// of an object. Not for concurrent use.
/// </summary>
/// <param name="limit">Longest wait; zero is unlimited.</param>
/// <param name="time">The clock.</param>
internal sealed class ReadLimit(TimeSpan limit, TimeProvider time) : IDisposable
{
    private CancellationTokenSource? _timer;

    /// <summary>Reads once.</summary>
    /// <exception cref="BackendException"><see cref="BackendFault.TimedOut"/>, or what the source throws.</exception>
    public async ValueTask<int> ReadAsync(Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero)
        {
            return await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        var timer = Armed();
        using var link = cancellationToken.UnsafeRegister(static timer => ((CancellationTokenSource)timer!).Cancel(), timer);
        try
        {
            return await source.ReadAsync(buffer, timer.Token).ConfigureAwait(false);
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

    public void Dispose() => _timer?.Dispose();

    private CancellationTokenSource Armed()
    {
        if (_timer is null or { IsCancellationRequested: true })
        {
            _timer?.Dispose();
            return _timer = new CancellationTokenSource(limit, time);
        }

        _timer.CancelAfter(limit);
        return _timer;
    }
}
