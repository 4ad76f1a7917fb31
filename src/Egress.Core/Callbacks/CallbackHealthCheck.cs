using Egress.Callbacks.Outbox;
using Egress.Queues;
using Egress.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Egress.Callbacks;

/// <summary>
/// Reports the length of the queues. If a queue cannot be read, callbacks are delayed but not lost, so the state is degraded. Callbacks that are held
/// only in the memory of this process are lost if it dies, so the state is unhealthy.
/// </summary>
internal sealed class CallbackHealthCheck(
    IMessageQueue queue, IPoisonQueue poison, CallbackSpool spool, EgressMetrics metrics, TimeProvider time) : IHealthCheck
{
    /// <summary>
    /// The shortest time between two measurements. In Azure a measurement takes six requests, and <c>/ready</c> may be requested every second.
    /// </summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private long? _measuredAt;
    private QueueException? _failure;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        metrics.CallbacksUnsent(spool.Count);
        if (_measuredAt is not { } measuredAt || time.GetElapsedTime(measuredAt) >= Interval)
        {
            _failure = await TryMeasureAsync(cancellationToken);
            _measuredAt = time.GetTimestamp();
        }

        var failure = _failure;
        if (spool.InMemory is > 0 and var held)
        {
            return HealthCheckResult.Unhealthy(
                $"{held} callbacks are only in the memory of this process: neither the queue nor the disk takes them (events 4011)", failure);
        }

        return failure is null ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"the callback queue failed: {failure.Message}", failure);
    }

    private async Task<QueueException?> TryMeasureAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (waiting, undelivered) = (await queue.MeasureAsync(cancellationToken), await poison.MeasureAsync(cancellationToken));
            metrics.CallbackQueueMeasured(CallbackQueueKind.Delivery, waiting.Messages, waiting.OldestAge);
            metrics.CallbackQueueMeasured(CallbackQueueKind.Poison, undelivered.Messages, undelivered.OldestAge);
            return null;
        }
        catch (QueueException failure)
        {
            return failure;
        }
    }
}
