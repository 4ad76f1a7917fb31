namespace Egress.Callbacks.Outbox;

/// <summary>A time limit for calls of the callback queue. It becomes shorter when the process must end.</summary>
internal sealed class QueueLimit : IDisposable
{
    /// <summary>What is left of a limit when the process must end: time for a queue that works, so that no lease stays on it.</summary>
    private static readonly TimeSpan WhenInterrupted = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _interruption;

    /// <summary>Starts the limit.</summary>
    /// <param name="limit">The time, at least <see cref="WhenInterrupted"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interrupted">Fires when the process must end.</param>
    public QueueLimit(TimeSpan limit, TimeProvider time, CancellationToken interrupted)
    {
        _limit = new CancellationTokenSource(limit, time);
        _interruption = interrupted.Register(() => _limit.CancelAfter(WhenInterrupted));
    }

    /// <summary>Fires at the limit.</summary>
    public CancellationToken Token => _limit.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interruption.Dispose();
        _limit.Dispose();
    }
}
