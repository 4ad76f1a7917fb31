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
    /// <param name="takePiece">Does the next piece of the work; false when none was left. Called on several threads at once; no more once it has failed.</param>
    /// <param name="cores">How many may take part, the calling thread included.</param>
    /// <returns>When all pieces are done.</returns>
    public static async Task ShareAsync(Func<Task<bool>> takePiece, int cores)
    {
        var parts = new CountdownEvent(1); // has nothing to dispose of: nobody waits on its handle
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? failure = null;
        for (var other = 1; other < cores; other++)
        {
            Help();
        }

        while (await TakePieceAsync().ConfigureAwait(false))
        {
        }

        Leave();
        await ended.Task.ConfigureAwait(false);
        takePiece = null!; // whoever comes late must not hold what it refers to
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        // One piece at a time: others wait for these cores as well.
        void Help() => _ = RunAsync(HelpAsync, CancellationToken.None);

        async Task HelpAsync()
        {
            if (!parts.TryAddCount())
            {
                return;
            }

            var hasMore = await TakePieceAsync().ConfigureAwait(false);
            Leave();
            if (hasMore)
            {
                Help();
            }
        }

        async Task<bool> TakePieceAsync()
        {
            try
            {
                return Volatile.Read(ref failure) is null && await takePiece().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
                return false;
            }
        }

        void Leave()
        {
            if (parts.Signal())
            {
                ended.SetResult();
            }
        }
    }
}
