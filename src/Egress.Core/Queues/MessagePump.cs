namespace Egress.Queues;

/// <summary>Takes messages from a queue and processes several at a time, by the rules by which the Functions host runs a queue trigger.</summary>
/// <param name="queue">The queue.</param>
/// <param name="parallelism">Messages that are processed at the same time.</param>
/// <param name="visibility">How long a message stays invisible unless it is updated.</param>
/// <param name="time">Measures the intervals.</param>
internal sealed class MessagePump(IMessageQueue queue, int parallelism, TimeSpan visibility, TimeProvider time)
{
    /// <summary>How long after a failure of the queue the next messages are taken.</summary>
    public static readonly TimeSpan FailureInterval = TimeSpan.FromSeconds(5);

    private const int MostTaken = 32;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Takes messages until it is cancelled, and then waits for those that are being processed.</summary>
    /// <param name="process">Processes a message. It must not throw, because the task that it returns is only waited for.</param>
    /// <param name="failed">Reports that no messages could be taken.</param>
    /// <param name="stopping">Takes no more messages.</param>
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

    /// <summary>Takes as many messages as there are free places.</summary>
    /// <returns>What to wait for before the next messages are taken.</returns>
    private async Task<Task> TakeAsync(List<Task> running, Func<ReceivedMessage, Task> process, Action<Exception> failed, CancellationToken stopping)
    {
        try
        {
            var received = await queue.ReceiveAsync(Math.Min(parallelism - running.Count, MostTaken), visibility, stopping);
            running.AddRange(received.Select(process));

            // A message that was processed may have put the next one on the queue.
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
