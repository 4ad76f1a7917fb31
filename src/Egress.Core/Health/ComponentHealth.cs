using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>
/// Wraps a health check. Runs it at most once at a time and within a time limit, and caches the result. Safe for concurrent use.
/// </summary>
internal sealed partial class ComponentHealth(ComponentCheck component, TimeProvider time, ILogger logger)
{
    /// <summary>The time limit of a check. It is shorter than the time limits of load balancers, which are about five seconds.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private Task<ComponentState>? _check;
    private long _checkedAt;

    /// <summary>
    /// The last call of the health check. A call to an unresponsive network file system cannot be canceled, so later checks wait for the same call and never
    /// start a second one.
    /// </summary>
    private Task<HealthCheckResult> _call = Task.FromResult(HealthCheckResult.Healthy());

    private ComponentState? _last;
    private long _changedAt;

    /// <summary>Returns whether the check was registered with a tag.</summary>
    public bool Has(string tag) => component.Registration.Tags.Contains(tag);

    /// <summary>
    /// Returns the result of the running check, or the cached result if it is younger than <paramref name="maxAge"/>; otherwise runs a new check.
    /// </summary>
    /// <param name="maxAge">The largest age of a cached result.</param>
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
        var result = await CallWithinLimitAsync();
        var latency = time.GetElapsedTime(started);
        var name = component.Registration.Name;
        var changed = _last?.Status != result.Status;
        if (changed && result.Status != HealthStatus.Healthy)
        {
            LogUnavailable(name, result.Description ?? result.Exception?.Message ?? "no cause given", result.Exception);
        }
        else if (changed && _last is not null)
        {
            LogAvailable(name, time.GetElapsedTime(_changedAt));
        }

        if (changed)
        {
            _changedAt = time.GetTimestamp();
        }

        _last = new ComponentState(name, result.Status, latency, changed ? time.GetUtcNow() : _last!.Since);
        lock (_lock)
        {
            _checkedAt = time.GetTimestamp();
        }

        return _last;
    }

    private async Task<HealthCheckResult> CallWithinLimitAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        if (_call.IsCompleted)
        {
            // Checks of a local disk block their thread. They run on a thread of the pool, so that the request can continue.
            _call = Task.Run(() => CallAsync(limit.Token), CancellationToken.None);
        }

        try
        {
            return await _call.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"no answer within {Limit.TotalSeconds} s");
        }
    }

    private async Task<HealthCheckResult> CallAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await component.Check.CheckHealthAsync(new HealthCheckContext { Registration = component.Registration }, cancellationToken);
        }
        catch (Exception failure)
        {
            // Every exception means that the component cannot be used; event 5000 logs it.
            return new HealthCheckResult(HealthStatus.Unhealthy, failure.Message, failure);
        }
    }

    [LoggerMessage(5000, LogLevel.Error, "{Component} cannot be used: {Cause}")]
    private partial void LogUnavailable(string component, string cause, Exception? exception);

    [LoggerMessage(5001, LogLevel.Information, "{Component} can be used again, after {Duration}")]
    private partial void LogAvailable(string component, TimeSpan duration);
}
