using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>Checks one component, one check at a time, and remembers what was found. Safe for concurrent use.</summary>
internal sealed partial class ComponentHealth(IHealthProbe probe, TimeProvider time, ILogger logger)
{
    /// <summary>How long an answer is waited for: load balancers ask with limits of about five seconds.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private Task<ComponentState>? _check;
    private long _checkedAt;

    /// <summary>The probe's call under way. A dead mount lets nobody cancel it: it is waited for again, and never joined by a second one.</summary>
    private Task<Exception?> _call = Task.FromResult<Exception?>(null);

    private ComponentState? _last;

    /// <summary>What a check finds that runs already, or is not older than this, else a new one.</summary>
    /// <param name="maxAge">Oldest answer that will do.</param>
    public Task<ComponentState> CheckAsync(TimeSpan maxAge)
    {
        lock (_lock)
        {
            if (_check is null || (_check.IsCompleted && time.GetElapsedTime(_checkedAt) >= maxAge))
            {
                _check = RunAsync();
            }

            return _check;
        }
    }

    private async Task<ComponentState> RunAsync()
    {
        var started = time.GetTimestamp();
        var failure = await AskAsync();
        var latency = time.GetElapsedTime(started);
        var changed = _last is null || _last.IsHealthy != failure is null;
        if (changed && failure is not null)
        {
            LogUnavailable(probe.Component, failure.Message, failure);
        }
        else if (changed && _last is not null)
        {
            LogAvailable(probe.Component, time.GetUtcNow() - _last.Since);
        }

        _last = new ComponentState(probe.Component, failure is null, latency, changed ? time.GetUtcNow() : _last!.Since);
        lock (_lock)
        {
            _checkedAt = time.GetTimestamp();
        }

        return _last;
    }

    /// <returns>Why the component cannot be used; null when it can.</returns>
    private async Task<Exception?> AskAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        if (_call.IsCompleted)
        {
            // Calls to a local disk block: here they block no request.
            _call = Task.Run(() => CallAsync(limit.Token), CancellationToken.None);
        }

        try
        {
            return await _call.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new TimeoutException($"no answer within {Limit.TotalSeconds} s");
        }
    }

    private async Task<Exception?> CallAsync(CancellationToken cancellationToken)
    {
        try
        {
            await probe.CheckAsync(cancellationToken);
            return null;
        }
        catch (Exception failure)
        {
            // Whatever it is, the component cannot be used; the log holds it.
            return failure;
        }
    }

    [LoggerMessage(5000, LogLevel.Error, "{Component} cannot be used: {Cause}")]
    private partial void LogUnavailable(string component, string cause, Exception exception);

    [LoggerMessage(5001, LogLevel.Information, "{Component} can be used again, after {Duration}")]
    private partial void LogAvailable(string component, TimeSpan duration);
}
