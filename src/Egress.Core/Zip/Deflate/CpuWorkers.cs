namespace Egress.Zip.Deflate;

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
}
