namespace Egress.Downloads.Streaming;

/// <summary>
/// Ends a download for reasons outside of the transfer: the client disconnects or is too slow, a time limit passes, or the process shuts down. The first reason
/// is kept. Thread-safe, except for the members about the pace of the client, which only the sender calls.
/// </summary>
internal sealed class DownloadLifetime : IDisposable
{
    /// <summary>How long a canceled function waits to see whether the client disconnected. If not, the host is the reason.</summary>
    internal static readonly TimeSpan HostGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a canceled download may take to end before its client is disconnected. Only a disk that hangs exceeds this time, because disk operations cannot
    /// be canceled.
    /// </summary>
    internal static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    private readonly Lock _disposing = new();

    // The token source is never disposed, because a disposed timer may still fire and would cancel it. It has no resources to release.
    private readonly CancellationTokenSource _end = new();
    private readonly List<IDisposable> _registrations = [];
    private readonly TimeProvider _time;
    private readonly long _accepted;
    private readonly ITimer? _waitTimer;
    private readonly TimeSpan _longestWait;
    private readonly ClientPace _pace;
    private (int Bytes, long Since) _waitsFor;
    private volatile bool _began;
    private int _reason;
    private bool _isDisposed;

    /// <param name="options">The limits of time and pace.</param>
    /// <param name="time">The clock.</param>
    /// <param name="clientLeft">Is canceled when the client disconnects.</param>
    /// <param name="interrupted">Tokens that are canceled when the process must end.</param>
    public DownloadLifetime(
        DownloadOptions options, TimeProvider time, CancellationToken clientLeft, params ReadOnlySpan<CancellationToken> interrupted)
    {
        _time = time;
        _accepted = time.GetTimestamp();
        _longestWait = options.RequestTimeout > TimeSpan.Zero ? options.RequestTimeout : Timeout.InfiniteTimeSpan;
        _pace = new ClientPace(options.MinClientRate);
        if (options.RequestTimeout > TimeSpan.Zero || options.MinClientRate > 0)
        {
            _waitTimer = TimerFor(() => End(_began ? FailureReason.ClientStalled : FailureReason.TimedOut), _longestWait);
            _registrations.Add(_waitTimer);
        }

        if (options.MaxDuration > TimeSpan.Zero)
        {
            _registrations.Add(TimerFor(() => End(FailureReason.TimedOut), options.MaxDuration));
        }

        _registrations.Add(clientLeft.UnsafeRegister(_ => End(FailureReason.ClientDisconnected), null));
        foreach (var token in interrupted)
        {
            _registrations.Add(token.UnsafeRegister(_ => End(FailureReason.Interrupted), null));
        }
    }

    /// <summary>Is canceled when the download must end.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Why the download must end; <see cref="FailureReason.None"/> while it may continue.</summary>
    public FailureReason Reason => (FailureReason)Volatile.Read(ref _reason);

    /// <summary>Time since the request was accepted.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_accepted);

    /// <summary>Ends the download for a reason. Has no effect if it was already ended for another reason.</summary>
    public void End(FailureReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)FailureReason.None) == (int)FailureReason.None)
        {
            _end.Cancel();
        }
    }

    /// <summary>Ends the download as interrupted shortly after the token is canceled, unless there is another reason by then.</summary>
    /// <param name="functionCancelled">The token that the Functions host cancels at its time limit and when it drains, and also when the client
    /// disconnects. When the client disconnects, the token is usually canceled before the connection breaks, so only a wait can distinguish the
    /// two.</param>
    public void EndWithFunction(CancellationToken functionCancelled)
    {
        var grace = TimerFor(() => End(FailureReason.Interrupted), Timeout.InfiniteTimeSpan);
        _registrations.Add(grace);
        _registrations.Add(functionCancelled.UnsafeRegister(_ => grace.Change(HostGrace, Timeout.InfiniteTimeSpan), null));
    }

    /// <summary>Registers an action that disconnects the client if the download must end but waits for a disk operation, which cannot be canceled.</summary>
    /// <param name="abort">Disconnects the client. Not called after <see cref="Dispose"/>.</param>
    public void AbortWhenHeld(Action abort)
    {
        var grace = TimerFor(() => AbortUnlessDisposed(abort), Timeout.InfiniteTimeSpan);
        _registrations.Add(grace);
        _registrations.Add(Token.UnsafeRegister(_ => grace.Change(AbortGrace, Timeout.InfiniteTimeSpan), null));
    }

    /// <summary>Called when the first bytes are sent. From then on the limits apply only to the client.</summary>
    public void ResponseBegins()
    {
        _began = true;
        _waitTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called when the client accepted bytes without a wait.</summary>
    public void ClientTook(int bytes) => _pace.Took(bytes, TimeSpan.Zero);

    /// <summary>Called when the download begins to wait until the client accepts bytes. A call of <see cref="ClientIsReady"/> follows.</summary>
    public void ClientIsBusy(int bytes)
    {
        _waitsFor = (bytes, _time.GetTimestamp());
        var due = _pace.LimitFor(bytes) is { } limit && (_longestWait == Timeout.InfiniteTimeSpan || limit < _longestWait) ? limit : _longestWait;
        _waitTimer?.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called when the client has accepted the bytes after a wait.</summary>
    public void ClientIsReady()
    {
        _waitTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pace.Took(_waitsFor.Bytes, _time.GetElapsedTime(_waitsFor.Since));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_disposing)
        {
            _isDisposed = true;
        }

        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void AbortUnlessDisposed(Action abort)
    {
        lock (_disposing)
        {
            if (!_isDisposed)
            {
                abort();
            }
        }
    }

    private ITimer TimerFor(Action end, TimeSpan due) =>
        _time.CreateTimer(static end => ((Action)end!)(), end, due, Timeout.InfiniteTimeSpan);
}
