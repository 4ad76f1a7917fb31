namespace Egress.Callbacks.Outbox;

/// <summary>A time limit for calls of the callback queue. It is shortened when the process must end.</summary>
internal sealed class QueueLimit : IDisposable
{
    /// <summary>The rest of a limit when the process must end. A working queue needs no more to replace the lease.</summary>
    private static readonly TimeSpan WhenInterrupted = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _interruption;

    /// <summary>Starts the limit.</summary>
    /// <param name="limit">The time, at least <see cref="WhenInterrupted"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interrupted">Canceled when the process must end.</param>
    public QueueLimit(TimeSpan limit, TimeProvider time, CancellationToken interrupted)
    {
        _limit = new CancellationTokenSource(limit, time);
        _interruption = interrupted.Register(() => _limit.CancelAfter(WhenInterrupted));
    }

    /// <summary>Canceled at the limit.</summary>
    public CancellationToken Token => _limit.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interruption.Dispose();
        _limit.Dispose();
    }
}
