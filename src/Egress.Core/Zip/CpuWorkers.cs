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

    /// <summary>Does something with each piece, and hands the pieces on in their order. Cores that are idle work ahead; those that are busy are not waited for.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="work">What is done with a piece. Called on several threads at once.</param>
    /// <param name="cores">How many may take part, the calling thread included.</param>
    /// <returns>Each piece, once its work is done. What the work throws comes in its place. When this ends, nothing works any more.</returns>
    public static IAsyncEnumerable<T> InOrderAsync<T>(IReadOnlyList<T> pieces, Func<T, Task> work, int cores) =>
        new SharedWork<T>(pieces, work).RunAsync(cores);
}
