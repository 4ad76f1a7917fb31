using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Extensions.Hosting;

namespace Egress.Exports.Running;

/// <summary>
/// Builds exports in the plain server, by the rules by which the Functions host runs a queue trigger, and sweeps them. It survives every exception. When
/// the server stops, parts that are not finished become visible again.
/// </summary>
internal sealed class ExportWorker(ExportQueue queue, ExportBuilder builder, ExportSweep sweep, ExportOptions options, ExportReport report, TimeProvider time)
    : BackgroundService
{
    /// <summary>How long a message stays invisible unless it is renewed: what a killed process delays its parts by.</summary>
    internal static readonly TimeSpan Visibility = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FailureInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        options.IsOn ? Task.WhenAll(BuildAsync(stoppingToken), SweepAsync(stoppingToken)) : Task.CompletedTask;

    private async Task BuildAsync(CancellationToken stopping)
    {
        var running = new List<Task>();
        while (!stopping.IsCancellationRequested)
        {
            running.RemoveAll(static task => task.IsCompleted);
            var pause = running.Count < options.Concurrency ? await TakeAsync(running, stopping) : Task.WhenAny(running);
            await pause.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running);
    }

    /// <summary>Takes as many messages as there are free places.</summary>
    /// <returns>What to wait for before the next messages are taken.</returns>
    private async Task<Task> TakeAsync(List<Task> running, CancellationToken stopping)
    {
        try
        {
            var received = await queue.Queue.ReceiveAsync(Math.Min(options.Concurrency - running.Count, 32), Visibility, stopping);
            running.AddRange(received.Select(message => TryHandleAsync(message, stopping)));
            return received.Count > 0 ? Task.CompletedTask : Task.WhenAny([.. running, Task.Delay(PollInterval, time, stopping)]);
        }
        catch (QueueException failure)
        {
            report.QueueFailed(FailureInterval, failure.Message);
            return Task.Delay(FailureInterval, time, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }
    }

    /// <summary>Handles one message. Never throws for a queue that fails: the message becomes visible when its time on the queue runs out.</summary>
    private async Task TryHandleAsync(ReceivedMessage message, CancellationToken stopping)
    {
        try
        {
            await HandleAsync(message, stopping);
        }
        catch (QueueException failure)
        {
            report.QueueFailed(Visibility, failure.Message);
        }
    }

    private async Task HandleAsync(ReceivedMessage message, CancellationToken stopping)
    {
        using var done = new CancellationTokenSource();
        var renewal = RenewAsync(message, done.Token);
        var again = (TimeSpan?)null;
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
            again = TimeSpan.Zero;
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

        using var limit = new CancellationTokenSource(FailureInterval, time);
        if (await renewal is { } receipt)
        {
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

    /// <summary>Keeps a message invisible while it is handled.</summary>
    /// <returns>The right to change it; null if another consumer has it.</returns>
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
            // It was handled.
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
            // The server stops.
        }
    }
}
