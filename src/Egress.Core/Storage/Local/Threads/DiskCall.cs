using System.Threading.Tasks.Sources;

namespace Egress.Storage.Local.Threads;

/// <summary>How a caller waits for a call that runs on a disk thread.</summary>
internal enum DiskCallMode
{
    /// <summary>The wait can be canceled while the call runs. The caller continues on the thread pool.</summary>
    Abandonable,

    /// <summary>The wait can be canceled while the call runs. The caller continues on the thread of the call.</summary>
    AbandonableThenStay,

    /// <summary>
    /// The wait cannot be canceled, because the call writes into memory of the caller, which must not be reused before the call ends. The caller
    /// continues on the thread of the call.
    /// </summary>
    Stay,
}

/// <summary>A call that is queued for a disk thread.</summary>
internal interface IDiskCall
{
    void Execute(DiskThread thread);
}

/// <summary>A call that is queued for a disk thread, and the source of its result.</summary>
internal sealed class DiskCall<T> : IDiskCall, IValueTaskSource<T>
{
    private const int Queued = 0;
    private const int Running = 1;
    private const int Ended = 2;

    private readonly Func<T> _call;
    private readonly DiskCallMode _mode;
    private readonly Action<T>? _discard;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<T> _result;
    private int _state;

    public DiskCall(Func<T> call, DiskCallMode mode, Action<T>? discard, CancellationToken cancellationToken)
    {
        (_call, _mode, _discard, _cancellationToken) = (call, mode, discard, cancellationToken);
        _registration = cancellationToken.UnsafeRegister(static call => ((DiskCall<T>)call!).Cancel(), this);
    }

    public ValueTask<T> Result => new(this, _result.Version);

    public void Execute(DiskThread thread)
    {
        if (Interlocked.CompareExchange(ref _state, Running, Queued) != Queued)
        {
            return;
        }

        try
        {
            var result = thread.Run(static call => call(), _call);
            if (End(Running))
            {
                _result.SetResult(result);
            }
            else
            {
                _discard?.Invoke(result);
            }
        }
        catch (Exception exception)
        {
            if (End(Running))
            {
                _result.SetException(exception);
            }
        }
    }

    public T GetResult(short token) => _result.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _result.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    private bool End(int from)
    {
        if (Interlocked.CompareExchange(ref _state, Ended, from) != from)
        {
            return false;
        }

        _registration.Unregister();
        _result.RunContinuationsAsynchronously = _mode == DiskCallMode.Abandonable;
        return true;
    }

    private void Cancel()
    {
        if (End(Queued) || (_mode != DiskCallMode.Stay && End(Running)))
        {
            _result.RunContinuationsAsynchronously = true;
            _result.SetException(new OperationCanceledException(_cancellationToken));
        }
    }
}
