using Egress.Callbacks.Outbox;
using Egress.Callbacks.Queues;

namespace Egress.Callbacks.Delivery;

/// <summary>Delivers callbacks in a process of its own, by the rules by which the Functions host runs a queue trigger.</summary>
public sealed class CallbackWorker
{
    /// <summary>Deliveries at once.</summary>
    public const int Parallelism = 16;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FailureInterval = TimeSpan.FromSeconds(5);

    private readonly ICallbackQueue _queue;
    private readonly CallbackDelivery _delivery;
    private readonly PoisonHandler _poison;
    private readonly CallbackSpool _spool;
    private readonly CallbackReport _report;
    private readonly TimeProvider _time;
    private readonly TimeSpan _visibility;

    internal CallbackWorker(
        ICallbackQueue queue, CallbackDelivery delivery, PoisonHandler poison, CallbackSpool spool, CallbackOptions options,
        CallbackReport report, TimeProvider time)
    {
        (_queue, _delivery, _poison, _spool, _report, _time) = (queue, delivery, poison, spool, report, time);
        _visibility = options.Timeout + TimeSpan.FromSeconds(30);
    }

    /// <summary>Works until told to stop, and ends what was begun.</summary>
    /// <param name="stopping">Takes no more messages.</param>
    /// <param name="abort">Gives back what is not delivered yet.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        var running = new List<Task>();
        while (!stopping.IsCancellationRequested)
        {
            running.RemoveAll(static task => task.IsCompletedSuccessfully);
            var pause = running.Count < Parallelism ? await TakeAsync(running, abort, stopping) : Task.WhenAny(running);
            try
            {
                await pause.WaitAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
        }

        await Task.WhenAll(running);
    }

    /// <summary>Begins as many deliveries as there are messages and places.</summary>
    /// <returns>What to wait for before taking more.</returns>
    private async Task<Task> TakeAsync(List<Task> running, CancellationToken abort, CancellationToken stopping)
    {
        try
        {
            await _spool.MoveToAsync(_queue, _report, stopping);
            var received = await _queue.ReceiveAsync(Parallelism - running.Count, _visibility, stopping);
            running.AddRange(received.Select(message => ProcessAsync(message, abort)));
            return received.Count > 0 ? Task.CompletedTask : Task.Delay(PollInterval, _time, stopping);
        }
        catch (CallbackQueueException failure)
        {
            _report.QueueFailed(FailureInterval, failure);
            return Task.Delay(FailureInterval, _time, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }
    }

    private async Task ProcessAsync(ReceivedMessage message, CancellationToken abort)
    {
        try
        {
            await DeliverAsync(message, abort);
        }
        catch (CallbackQueueException failure)
        {
            // What was taken appears again by itself.
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
            await _queue.UpdateAsync(message.Receipt, message.Text, TimeSpan.Zero, CancellationToken.None);
            return;
        }
        catch (Exception failure)
        {
            // As in the Functions host a fault costs one try, not the loop; the count below ends it, and it is logged every time.
            _report.ProcessingFailed(message.DequeueCount, failure);
            if (message.DequeueCount < CallbackQueueNames.MaxDequeueCount)
            {
                await _queue.UpdateAsync(message.Receipt, message.Text, CallbackQueueNames.VisibilityTimeout, CancellationToken.None);
                return;
            }

            await _poison.GiveUpAsync(message.Text, CancellationToken.None);
        }

        await _queue.CompleteAsync(message.Receipt, CancellationToken.None);
    }
}
