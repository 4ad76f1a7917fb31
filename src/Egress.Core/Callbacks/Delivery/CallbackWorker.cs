using Egress.Backends;
using Egress.Callbacks.Outbox;
using Egress.Queues;
using Microsoft.Extensions.Hosting;

namespace Egress.Callbacks.Delivery;

/// <summary>Delivers callbacks in the plain server. No exception stops it.</summary>
internal sealed class CallbackWorker : BackgroundService
{
    /// <summary>The number of concurrent deliveries.</summary>
    public const int Parallelism = 16;

    /// <summary>The time limit for storing the result of a delivery on the queue. It is shorter if the host stops sooner.</summary>
    internal static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(15);

    private readonly IMessageQueue _queue;
    private readonly CallbackDelivery _delivery;
    private readonly PoisonHandler _poison;
    private readonly CallbackReport _report;
    private readonly TimeProvider _time;
    private readonly MessagePump _pump;
    private readonly CancellationTokenSource _abort = new();

    public CallbackWorker(
        IMessageQueue queue, CallbackDelivery delivery, PoisonHandler poison, CallbackOptions options, CallbackReport report, TimeProvider time)
    {
        (_queue, _delivery, _poison, _report, _time) = (queue, delivery, poison, report, time);
        _pump = new MessagePump(queue, Parallelism, options.Timeout + TimeSpan.FromSeconds(30), time);
    }

    /// <summary>Waits for running deliveries. If a delivery takes longer than the host allows, its message becomes visible again.</summary>
    /// <param name="cancellationToken">Canceled when the host waits no longer.</param>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var limit = cancellationToken.Register(_abort.Cancel);
        await base.StopAsync(CancellationToken.None);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _abort.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken, _abort.Token);

    /// <summary>Delivers callbacks until <paramref name="stopping"/> is canceled, and then waits for running deliveries.</summary>
    /// <param name="stopping">Stops receiving messages.</param>
    /// <param name="abort">Stops running deliveries, and makes their messages visible again.</param>
    internal Task RunAsync(CancellationToken stopping, CancellationToken abort) =>
        _pump.RunAsync(message => ProcessAsync(message, abort), failure => _report.QueueFailed(MessagePump.FailureInterval, failure), stopping);

    /// <summary>Processes one message. Never throws.</summary>
    private async Task ProcessAsync(ReceivedMessage message, CancellationToken abort)
    {
        try
        {
            await DeliverAsync(message, abort);
        }
        catch (Exception failure)
        {
            // The message becomes visible again when its visibility timeout ends.
            _report.ProcessingFailed(message.DequeueCount, failure);
        }
    }

    private async Task DeliverAsync(ReceivedMessage message, CancellationToken abort)
    {
        try
        {
            await _delivery.DeliverAsync(message.Text, message.DequeueCount, abort);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            await WriteAsync(token => _queue.UpdateAsync(message.Receipt, message.Text, TimeSpan.Zero, token), abort);
            return;
        }
        catch (Exception failure)
        {
            // As in the Functions host, an exception counts as a failed attempt. It is logged, and the number of attempts is limited.
            _report.ProcessingFailed(message.DequeueCount, failure);
            if (message.DequeueCount < QueueNames.MaxDequeueCount)
            {
                await WriteAsync(token => _queue.UpdateAsync(message.Receipt, message.Text, QueueNames.VisibilityTimeout, token), abort);
                return;
            }

            await WriteAsync(
                async token =>
                {
                    await _poison.MoveToPoisonQueueAsync(message.Text, InnermostCause.Of(failure), token);
                    return true;
                },
                abort);
        }

        await WriteAsync(token => _queue.CompleteAsync(message.Receipt, token), abort);
    }

    /// <summary>
    /// Stores the result of a delivery on the queue, even if the host stops. If the queue does not answer in time, the message becomes visible again
    /// when its visibility timeout ends.
    /// </summary>
    private async Task WriteAsync<T>(Func<CancellationToken, ValueTask<T>> write, CancellationToken abort)
    {
        using var limit = new QueueLimit(WriteLimit, _time, abort);
        await write(limit.Token);
    }
}
