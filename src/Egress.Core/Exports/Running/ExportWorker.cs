using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Extensions.Hosting;

namespace Egress.Exports.Running;

/// <summary>
/// The worker of the plain server that builds exports, and sweeps them. No exception stops it. When the server stops, the messages of unfinished
/// parts become visible again.
/// </summary>
internal sealed class ExportWorker(ExportQueue queue, ExportBuilder builder, ExportSweep sweep, ExportOptions options, ExportReport report, TimeProvider time)
    : BackgroundService
{
    /// <summary>The visibility timeout of a message that is not renewed. If the process is killed, its parts are delayed by this time.</summary>
    internal static readonly TimeSpan Visibility = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        options.IsOn ? Task.WhenAll(BuildAsync(stoppingToken), SweepAsync(stoppingToken)) : Task.CompletedTask;

    private Task BuildAsync(CancellationToken stopping) => new MessagePump(queue.Queue, options.Concurrency, Visibility, time).RunAsync(
        message => TryHandleAsync(message, stopping), failure => report.QueueFailed(MessagePump.FailureInterval, failure.Message), stopping);

    /// <summary>Handles one message. Never throws.</summary>
    private async Task TryHandleAsync(ReceivedMessage message, CancellationToken stopping)
    {
        try
        {
            await HandleAsync(message, stopping);
        }
        catch (Exception failure)
        {
            // The message becomes visible again when its visibility timeout ends.
            report.QueueFailed(Visibility, failure.Message);
        }
    }

    private async Task HandleAsync(ReceivedMessage message, CancellationToken stopping)
    {
        using var done = new CancellationTokenSource();
        var renewal = RenewAsync(message, done.Token);
        var (again, isReturned) = ((TimeSpan?)null, false);
        try
        {
            await (message.DequeueCount > QueueNames.MaxDequeueCount
                ? builder.HandlePoisonAsync(message.Text, stopping)
                : builder.HandleAsync(message.Text, message.DequeueCount, stopping));
        }
        catch (FormatException)
        {
            report.Foreign();
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            isReturned = true;
        }
        catch (Exception failure)
        {
            // The builder has already logged the failure.
            report.MessageFailed(message.DequeueCount, failure);
            again = QueueNames.VisibilityTimeout;
        }
        finally
        {
            await done.CancelAsync();
        }

        using var limit = new CancellationTokenSource(WriteLimit, time);
        if (await renewal is { } receipt)
        {
            if (isReturned)
            {
                // A new message replaces this one, because a restart must not count as a failed attempt.
                await queue.AddAsync(ExportMessage.Read(message.Text).Repeated(), limit.Token);
            }

            if (again is { } delay)
            {
                await queue.Queue.UpdateAsync(receipt, message.Text, delay, limit.Token);
            }
            else
            {
                await queue.Queue.CompleteAsync(receipt, limit.Token);
            }
        }
    }

    /// <summary>Renews the visibility timeout of a message until it is handled.</summary>
    /// <returns>The receipt for the message; null if another consumer has taken it.</returns>
    private async Task<QueueReceipt?> RenewAsync(ReceivedMessage message, CancellationToken done)
    {
        QueueReceipt? receipt = message.Receipt;
        using var timer = new PeriodicTimer(Visibility / 4, time);
        try
        {
            while (receipt is not null && await timer.WaitForNextTickAsync(done))
            {
                try
                {
                    receipt = await queue.Queue.UpdateAsync(receipt, message.Text, Visibility, CancellationToken.None);
                }
                catch (QueueException failure)
                {
                    report.QueueFailed(Visibility / 4, failure.Message);
                }
            }
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            // The message was handled.
        }

        return receipt;
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        try
        {
            do
            {
                await sweep.SweepAsync(stopping);
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }
}
