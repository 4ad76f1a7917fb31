namespace Egress.Limits;

/// <summary>
/// Runs computations for all downloads on threads of the thread pool: as many at a time as there are cores, started in the order of the calls.
/// Thread-safe.
/// </summary>
internal sealed class CpuWorkers
{
    private readonly TaskScheduler _scheduler =
        new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Environment.ProcessorCount).ConcurrentScheduler;

    /// <summary>Queues a computation.</summary>
    /// <param name="compute">The computation. It must be short and must not block.</param>
    /// <param name="cancellationToken">Prevents the start of the computation, but does not interrupt it.</param>
    /// <returns>The result.</returns>
    public Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach, _scheduler);

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Action compute, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach, _scheduler);
}
