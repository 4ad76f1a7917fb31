using System.Runtime.ExceptionServices;

namespace Egress.Zip;

/// <summary>Where a download computes beside its own thread: shared by all downloads of the process, as many at once as there are cores.</summary>
internal static class CpuWorkers
{
    private static readonly TaskScheduler Scheduler =
        new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Environment.ProcessorCount).ConcurrentScheduler;

    /// <summary>Computes something, first come, first served.</summary>
    /// <param name="compute">Short work that does not wait for anything.</param>
    /// <param name="cancellationToken">Keeps it from beginning.</param>
    /// <returns>What was computed.</returns>
    public static Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach, Scheduler);

    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(Action compute, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach, Scheduler);

    /// <summary>Has cores that are idle take part in what the calling thread does. Does not wait for one that is busy.</summary>
    /// <param name="takePart">Takes pieces of the work until none is left; called on several threads at once.</param>
    /// <param name="cores">How many may take part, the calling thread included.</param>
    /// <returns>When all that was taken is done.</returns>
    public static async Task ShareAsync(Func<Task> takePart, int cores)
    {
        var parts = new CountdownEvent(1); // has nothing to dispose of: nobody waits on its handle
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? failure = null;
        for (var other = 1; other < cores; other++)
        {
            _ = RunAsync(() => parts.TryAddCount() ? PartAsync() : Task.CompletedTask, CancellationToken.None);
        }

        await PartAsync().ConfigureAwait(false);
        await ended.Task.ConfigureAwait(false);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        async Task PartAsync()
        {
            try
            {
                await takePart().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }

            if (parts.Signal())
            {
                ended.SetResult();
            }
        }
    }
}
