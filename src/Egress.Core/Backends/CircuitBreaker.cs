using Microsoft.Extensions.Logging;

namespace Egress.Backends;

/// <summary>The state of a circuit breaker. The numbers are the values of the metric <c>egress_circuit_breaker_state</c>.</summary>
public enum CircuitState
{
    /// <summary>Every call is admitted.</summary>
    Closed = 0,

    /// <summary>No call is admitted until <see cref="CircuitBreakerOptions.OpenDuration"/> has passed.</summary>
    Open = 1,

    /// <summary>The open duration has passed. A few trial calls are admitted, and their results decide whether the breaker closes or opens again.</summary>
    HalfOpen = 2,
}

/// <summary>
/// Counts the consecutive failures of one backend and suspends requests to it for a while (docs/decisions/0001-circuit-breaker.md). Safe for
/// concurrent use.
/// </summary>
/// <param name="backend">The backend that it protects.</param>
/// <param name="options">When it opens and closes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs every change of state.</param>
public sealed partial class CircuitBreaker(
    Backend backend, CircuitBreakerOptions options, TimeProvider time, ILogger<CircuitBreaker> logger)
{
    /// <summary>The wait that is suggested to refused callers while trial calls run, because it is not known when these end.</summary>
    private static readonly TimeSpan WhileTrying = TimeSpan.FromSeconds(1);

    private readonly int _trialCalls = Math.Max(1, options.TrialCalls);
    private readonly Lock _lock = new();
    private CircuitState _state;
    private int _failures;
    private int _trialsAdmitted;
    private int _trialsSucceeded;
    private long _openedAt;

    /// <summary>How many times the state has changed. The result of a call that was admitted in an older generation is ignored.</summary>
    private int _generation;

    /// <summary>The backend that the breaker protects.</summary>
    public Backend Backend => backend;

    /// <summary>The current state. An open breaker becomes half-open when the first call arrives after the open duration.</summary>
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

    /// <summary>Requests permission for a call. The caller must report the end of each admitted call with <see cref="Leave"/>.</summary>
    /// <param name="generation">The generation that admits the call, to pass to <see cref="Leave"/>.</param>
    /// <returns>Null if the call is admitted; otherwise the time to wait.</returns>
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
    /// <param name="generation">The value that <see cref="Enter"/> returned.</param>
    /// <param name="result">How the call ended.</param>
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
            case CircuitState.Closed:
                LogClosed(backend);
                break;
        }
    }

    [LoggerMessage(3100, LogLevel.Error, "{Backend} keeps failing; requests to it are suspended for {OpenDuration}")]
    private partial void LogOpened(Backend backend, TimeSpan openDuration);

    [LoggerMessage(3101, LogLevel.Information, "{Backend} is tried again with {TrialCalls} calls")]
    private partial void LogTrying(Backend backend, int trialCalls);

    [LoggerMessage(3102, LogLevel.Information, "{Backend} works again")]
    private partial void LogClosed(Backend backend);
}

/// <summary>The result of a call, as a circuit breaker counts it.</summary>
internal enum CallResult
{
    /// <summary>The backend answered. This includes answers that an object is missing, cannot be accessed, has changed or is unreadable.</summary>
    Answered,

    /// <summary>The backend was unreachable, too slow, overloaded or reported an internal error.</summary>
    Failed,

    /// <summary>The caller canceled the call, which shows nothing about the backend.</summary>
    Abandoned,
}
