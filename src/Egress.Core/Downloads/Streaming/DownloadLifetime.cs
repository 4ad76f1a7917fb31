namespace Egress.Downloads.Streaming;

/// <summary>
/// Ends one download from outside, from the accepted request on: the client disconnects, takes nothing or too little, a time limit passes, the
/// process shuts down. The first reason stays. Thread-safe, except for the members that follow the client, which the sender alone calls.
/// </summary>
internal sealed class DownloadLifetime : IDisposable
{
    /// <summary>How long a cancelled function waits for its client's connection to break before the host counts as the reason.</summary>
    internal static readonly TimeSpan HostGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a download that must end may take for it. Only a disk that hangs makes it longer: its calls cannot be cancelled.</summary>
    internal static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    private readonly Lock _disposing = new();

    // Never disposed: a timer that is disposed may still be firing, and would cancel it then. It holds nothing that needs disposal.
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
    /// <param name="clientLeft">Fires when the connection is lost.</param>
    /// <param name="interrupted">Tokens that fire when the process must end.</param>
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

    /// <summary>Fires when the download must end.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Why it must end; <see cref="FailureReason.None"/> while it may continue.</summary>
    public FailureReason Reason => (FailureReason)Volatile.Read(ref _reason);

    /// <summary>Time since the request was accepted.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_accepted);

    /// <summary>Ends the download for a reason, unless another came first.</summary>
    public void End(FailureReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)FailureReason.None) == (int)FailureReason.None)
        {
            _end.Cancel();
        }
    }

    /// <summary>Ends the download as interrupted a moment after the token fires, unless there is another reason by then.</summary>
    /// <param name="functionCancelled">The token that the Functions host cancels at its time limit and when it drains, and also when the client
    /// disconnects. Then it usually fires before the connection breaks, so the two can be distinguished only by waiting.</param>
    public void EndWithFunction(CancellationToken functionCancelled)
    {
        var grace = TimerFor(() => End(FailureReason.Interrupted), Timeout.InfiniteTimeSpan);
        _registrations.Add(grace);
        _registrations.Add(functionCancelled.UnsafeRegister(_ => grace.Change(HostGrace, Timeout.InfiniteTimeSpan), null));
    }

    /// <summary>Disconnects the client of a download that has to end and does not, because a disk holds it.</summary>
    /// <param name="abort">Disconnects the client. Not called after <see cref="Dispose"/>.</param>
    public void AbortWhenHeld(Action abort)
    {
        var grace = TimerFor(() => AbortUnlessDisposed(abort), Timeout.InfiniteTimeSpan);
        _registrations.Add(grace);
        _registrations.Add(Token.UnsafeRegister(_ => grace.Change(AbortGrace, Timeout.InfiniteTimeSpan), null));
    }

    /// <summary>The first bytes are sent: from now on the limits apply to the client alone.</summary>
    public void ResponseBegins()
    {
        _began = true;
        _waitTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The client took bytes at once.</summary>
    public void ClientTook(int bytes) => _pace.Took(bytes, TimeSpan.Zero);

    /// <summary>The client is offered bytes and has not taken them yet. <see cref="ClientIsReady"/> follows.</summary>
    public void ClientIsBusy(int bytes)
    {
        _waitsFor = (bytes, _time.GetTimestamp());
        var due = _pace.LimitFor(bytes) is { } limit && (_longestWait == Timeout.InfiniteTimeSpan || limit < _longestWait) ? limit : _longestWait;
        _waitTimer?.Change(due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The client took what it was offered.</summary>
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
