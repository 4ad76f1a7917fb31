namespace Egress.Downloads;

/// <summary>
/// Ends one download from outside: the client left or takes nothing, its time is over, the process goes down. The first
/// reason stays. Thread-safe.
/// </summary>
internal sealed class TransferWatch : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<IDisposable> _registrations = [];
    private readonly ITimer? _stallTimer;
    private readonly TimeSpan _stallLimit;
    private int _reason;

    /// <param name="options">The two time limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="clientLeft">Fires when the connection is gone.</param>
    /// <param name="interrupted">Tokens that fire when the process or the function must end.</param>
    public TransferWatch(
        DownloadOptions options, TimeProvider time, CancellationToken clientLeft, params ReadOnlySpan<CancellationToken> interrupted)
    {
        _stallLimit = options.RequestTimeout;
        if (_stallLimit > TimeSpan.Zero)
        {
            _stallTimer = TimerFor(FailureReason.ClientStalled, time, Timeout.InfiniteTimeSpan);
            _registrations.Add(_stallTimer);
        }

        if (options.MaxDuration > TimeSpan.Zero)
        {
            _registrations.Add(TimerFor(FailureReason.TimedOut, time, options.MaxDuration));
        }

        _registrations.Add(clientLeft.UnsafeRegister(_ => End(FailureReason.ClientDisconnected), null));
        foreach (var token in interrupted)
        {
            _registrations.Add(token.UnsafeRegister(_ => End(FailureReason.Interrupted), null));
        }
    }

    /// <summary>Fires when the download must end.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Why it must end; <see cref="FailureReason.None"/> while it may go on.</summary>
    public FailureReason Reason => (FailureReason)Volatile.Read(ref _reason);

    /// <summary>Ends the download for a reason, unless another came first.</summary>
    public void End(FailureReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)FailureReason.None) == (int)FailureReason.None)
        {
            _end.Cancel();
        }
    }

    /// <summary>The client is offered bytes and has not taken them yet.</summary>
    public void ClientIsBusy() => _stallTimer?.Change(_stallLimit, Timeout.InfiniteTimeSpan);

    /// <summary>The client took what it was offered.</summary>
    public void ClientIsReady() => _stallTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _end.Dispose();
    }

    private ITimer TimerFor(FailureReason reason, TimeProvider time, TimeSpan due) =>
        time.CreateTimer(_ => End(reason), null, due, Timeout.InfiniteTimeSpan);
}
