using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Egress.Queues;

namespace Egress.TestKit.Functions;

/// <summary>
/// Runs the queue triggers of an app like the host's queue extension. Passes each message to its function, deletes it if the function returns, makes
/// it visible again if the function throws, and moves it to the poison queue after the last attempt.
/// </summary>
/// <remarks>
/// The metadata of the app names the queues and connections. A failed message becomes visible again at once, not after the <c>visibilityTimeout</c>
/// of <c>host.json</c>.
/// </remarks>
public sealed class QueueTriggers : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The default visibility timeout of a message while its function runs.</summary>
    private static readonly TimeSpan UsualHold = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _deliveries = [];
    private readonly WorkerHost _host;
    private readonly TimeSpan _hold;
    private readonly Task _running;
    private int _failures;

    private QueueTriggers(WorkerHost host, TimeSpan hold)
    {
        (_host, _hold) = (host, hold);
        _running = Task.WhenAll(host.Functions.Values.Where(static function => function.IsTriggeredBy("queueTrigger")).Select(RunAsync).ToArray());
    }

    /// <summary>Number of function invocations that threw.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Starts all queue triggers of an app.</summary>
    public static QueueTriggers Start(WorkerHost host) => new(host, UsualHold);

    /// <summary>Starts all queue triggers of an app.</summary>
    /// <param name="host">The app.</param>
    /// <param name="hold">
    /// The visibility timeout of a message while its function runs. The messages of a killed worker become visible again after this time.
    /// </param>
    public static QueueTriggers Start(WorkerHost host, TimeSpan hold) => new(host, hold);

    /// <summary>Number of messages that were passed to a function so far.</summary>
    public int DeliveriesOf(string function) => _deliveries.GetValueOrDefault(function);

    /// <summary>Stops the triggers after the worker was killed. The messages in work stay on the queue.</summary>
    public async Task AbandonAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>Stops the triggers. Throws the exception of a trigger that failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // As it should.
        }

        _stop.Dispose();
    }

    private async Task RunAsync(WorkerFunction function)
    {
        var name = (string)function.Trigger["queueName"]!;
        var (queue, poison) = (Queue(function, name), Queue(function, name + QueueNames.PoisonSuffix));
        using var timer = new PeriodicTimer(Pause);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (!await queue.ExistsAsync(_stop.Token))
            {
                continue;
            }

            foreach (var message in (await queue.ReceiveMessagesAsync(16, _hold, _stop.Token)).Value)
            {
                await HandleAsync(function.Name, queue, poison, message);
            }
        }
    }

    private QueueClient Queue(WorkerFunction function, string name) => new(
        _host.Settings[(string)function.Trigger["connection"]!], name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    private async Task HandleAsync(string function, QueueClient queue, QueueClient poison, QueueMessage message)
    {
        _deliveries.AddOrUpdate(function, 1, static (_, count) => count + 1);
        var result = await _host.DeliverAsync(function, message).WaitAsync(_stop.Token);
        if (!result.Succeeded)
        {
            Interlocked.Increment(ref _failures);
            if (message.DequeueCount < QueueNames.MaxDequeueCount)
            {
                await UnlessTakenAsync(queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: _stop.Token));
                return;
            }

            await poison.CreateIfNotExistsAsync(cancellationToken: _stop.Token);
            await poison.SendMessageAsync(message.MessageText, _stop.Token);
        }

        await UnlessTakenAsync(queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, _stop.Token));
    }

    /// <summary>
    /// Ignores that a message became visible again while its function ran, as the host does: another instance has taken it, and may have deleted it.
    /// </summary>
    private static async Task UnlessTakenAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (RequestFailedException refusal)
            when (refusal.ErrorCode == QueueErrorCode.PopReceiptMismatch || refusal.ErrorCode == QueueErrorCode.MessageNotFound)
        {
        }
    }
}
