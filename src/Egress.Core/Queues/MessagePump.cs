namespace Egress.Queues;

/// <summary>Takes messages from a queue and processes several at a time, by the same rules as a queue trigger of the Functions host.</summary>
/// <param name="queue">The queue.</param>
/// <param name="parallelism">Messages that are processed at the same time.</param>
/// <param name="visibility">How long a message is invisible unless it is updated.</param>
/// <param name="time">Measures the delays.</param>
internal sealed class MessagePump(IMessageQueue queue, int parallelism, TimeSpan visibility, TimeProvider time)
{
    /// <summary>The delay before messages are taken again after the queue failed.</summary>
    public static readonly TimeSpan FailureInterval = TimeSpan.FromSeconds(5);

    private const int MostTaken = 32;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Takes messages until it is canceled, and then waits until those that are being processed are done.</summary>
    /// <param name="process">Processes a message. It must not throw, because the result of its task is not examined.</param>
    /// <param name="failed">Called with the exception whenever messages could not be taken.</param>
    /// <param name="stopping">Stops taking messages.</param>
    public async Task RunAsync(Func<ReceivedMessage, Task> process, Action<Exception> failed, CancellationToken stopping)
    {
        var running = new List<Task>();
        while (!stopping.IsCancellationRequested)
        {
            running.RemoveAll(static task => task.IsCompleted);
            var pause = running.Count < parallelism ? await TakeAsync(running, process, failed, stopping) : Task.WhenAny(running);
            await pause.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running);
    }

    /// <summary>Takes as many messages as can be processed now.</summary>
    /// <returns>The task to wait for before the next messages are taken.</returns>
    private async Task<Task> TakeAsync(List<Task> running, Func<ReceivedMessage, Task> process, Action<Exception> failed, CancellationToken stopping)
    {
        try
        {
            var received = await queue.ReceiveAsync(Math.Min(parallelism - running.Count, MostTaken), visibility, stopping);
            running.AddRange(received.Select(process));

            // Received messages are followed by another attempt immediately. Otherwise the wait also ends when a message is done, because its
            // processing may have added another one.
            return received.Count > 0 ? Task.CompletedTask : Task.WhenAny([.. running, Task.Delay(PollInterval, time, stopping)]);
        }
        catch (Exception failure)
        {
            if (stopping.IsCancellationRequested)
            {
                return Task.CompletedTask;
            }

            failed(failure);
            return Task.Delay(FailureInterval, time, stopping);
        }
    }
}
