namespace Egress.Callbacks.Outbox;

/// <summary>A time limit for calls of the callback queue. It is shortened when the process has to exit.</summary>
internal sealed class QueueLimit : IDisposable
{
    /// <summary>The time that remains when the process has to exit. A working queue needs no more to replace the lease.</summary>
    private static readonly TimeSpan WhenInterrupted = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _interruption;

    /// <summary>Starts the limit.</summary>
    /// <param name="limit">The time limit, at least <see cref="WhenInterrupted"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interrupted">Canceled when the process has to exit.</param>
    public QueueLimit(TimeSpan limit, TimeProvider time, CancellationToken interrupted)
    {
        _limit = new CancellationTokenSource(limit, time);
        _interruption = interrupted.Register(() => _limit.CancelAfter(WhenInterrupted));
    }

    /// <summary>Canceled when the time limit is reached.</summary>
    public CancellationToken Token => _limit.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interruption.Dispose();
        _limit.Dispose();
    }
}
