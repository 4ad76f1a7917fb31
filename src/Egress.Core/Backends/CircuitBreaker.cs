using Microsoft.Extensions.Logging;

namespace Egress.Backends;

/// <summary>Whether a backend is asked at all. The values are those of the metric <c>egress_circuit_breaker_state</c>.</summary>
public enum CircuitState
{
    /// <summary>Every call goes through.</summary>
    Closed = 0,

    /// <summary>No call goes through until the time is over.</summary>
    Open = 1,

    /// <summary>The time is over: trial calls decide.</summary>
    HalfOpen = 2,
}

/// <summary>
/// Counts the consecutive failures of one backend and stops asking it for a while. Polly's own breaker judges by failure ratio and
/// closes after a single success; this one has the meaning of contract §4. Safe for concurrent use.
/// </summary>
/// <param name="backend">Which backend it watches.</param>
/// <param name="options">When it opens and closes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of every change.</param>
public sealed partial class CircuitBreaker(
    Backend backend, CircuitBreakerOptions options, TimeProvider time, ILogger<CircuitBreaker> logger)
{
    /// <summary>What is left to wait is not known while trial calls run.</summary>
    private static readonly TimeSpan WhileTrying = TimeSpan.FromSeconds(1);

    private readonly int _trialCalls = Math.Max(1, options.TrialCalls);
    private readonly Lock _lock = new();
    private CircuitState _state;
    private int _failures;
    private int _trialsAdmitted;
    private int _trialsSucceeded;
    private long _openedAt;

    /// <summary>Counts the changes of state: what was admitted under another state no longer matters when it ends.</summary>
    private int _generation;

    /// <summary>Which backend it watches.</summary>
    public Backend Backend => backend;

    /// <summary>The state now. An open breaker becomes half-open with the first call after its time.</summary>
    public CircuitState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Asks for a call. Whoever is admitted reports its end with <see cref="Leave"/>, whatever happens.</summary>
    /// <param name="generation">What to hand to <see cref="Leave"/>.</param>
    /// <returns>Null when the call may go through; else how long to wait.</returns>
    internal TimeSpan? Enter(out int generation)
    {
        lock (_lock)
        {
            if (_state == CircuitState.Open)
            {
                var left = options.OpenDuration - time.GetElapsedTime(_openedAt);
                if (left > TimeSpan.Zero)
                {
                    generation = _generation;
                    return left;
                }

                TransitionTo(CircuitState.HalfOpen);
            }

            generation = _generation;
            if (_state == CircuitState.Closed)
            {
                return null;
            }

            if (_trialsAdmitted == _trialCalls)
            {
                return WhileTrying;
            }

            _trialsAdmitted++;
            return null;
        }
    }

    /// <summary>Reports the end of an admitted call.</summary>
    /// <param name="generation">From <see cref="Enter"/>.</param>
    /// <param name="result">How it ended.</param>
    internal void Leave(int generation, CallResult result)
    {
        lock (_lock)
        {
            if (generation != _generation)
            {
                return;
            }

            switch (result, _state)
            {
                case (CallResult.Answered, CircuitState.Closed):
                    _failures = 0;
                    break;
                case (CallResult.Failed, CircuitState.Closed):
                    _failures++;
                    if (options.Threshold > 0 && _failures >= options.Threshold)
                    {
                        TransitionTo(CircuitState.Open);
                    }

                    break;
                case (CallResult.Answered, CircuitState.HalfOpen):
                    if (++_trialsSucceeded == _trialCalls)
                    {
                        TransitionTo(CircuitState.Closed);
                    }

                    break;
                case (CallResult.Failed, CircuitState.HalfOpen):
                    TransitionTo(CircuitState.Open);
                    break;
                case (CallResult.Abandoned, CircuitState.HalfOpen):
                    _trialsAdmitted--;
                    break;
            }
        }
    }

    private void TransitionTo(CircuitState state)
    {
        _state = state;
        _generation++;
        _failures = _trialsAdmitted = _trialsSucceeded = 0;
        switch (state)
        {
            case CircuitState.Open:
                _openedAt = time.GetTimestamp();
                LogOpened(backend, options.OpenDuration);
                break;
            case CircuitState.HalfOpen:
                LogTrying(backend, _trialCalls);
                break;
            default:
                LogClosed(backend);
                break;
        }
    }

    [LoggerMessage(3100, LogLevel.Error, "{Backend} failed too often: it is not asked for {OpenDuration}")]
    private partial void LogOpened(Backend backend, TimeSpan openDuration);

    [LoggerMessage(3101, LogLevel.Information, "{Backend} is tried again with {TrialCalls} calls")]
    private partial void LogTrying(Backend backend, int trialCalls);

    [LoggerMessage(3102, LogLevel.Information, "{Backend} works again")]
    private partial void LogClosed(Backend backend);
}

/// <summary>How a call ended, as far as a breaker cares.</summary>
internal enum CallResult
{
    /// <summary>The backend gave an answer, be it that something is missing, refused, changed or unreadable.</summary>
    Answered,

    /// <summary>The backend was unreachable, too slow, overloaded or had an error of its own.</summary>
    Failed,

    /// <summary>The caller left: nothing is known of the backend.</summary>
    Abandoned,
}
