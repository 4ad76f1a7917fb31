namespace Egress.Limits;

/// <summary>Runs computations of all downloads on other threads, one at a time for each core, in the order of the calls. Thread-safe.</summary>
internal sealed class CpuWorkers
{
    private readonly TaskScheduler _scheduler =
        new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Environment.ProcessorCount).ConcurrentScheduler;

    /// <summary>Queues a computation.</summary>
    /// <param name="compute">Short work that never waits.</param>
    /// <param name="cancellationToken">Prevents the start.</param>
    /// <returns>The result.</returns>
    public Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach, _scheduler);

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Action compute, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach, _scheduler);
}
