using Egress.Backends;
using Polly;

namespace Egress.Records;

/// <summary>Suspends look-ups in a database that keeps failing. Retries and the time limit of a query are left to the store.</summary>
/// <param name="inner">The store.</param>
/// <param name="breaker">The circuit breaker of the database.</param>
internal sealed class ResilientRecordStore(IRecordStore inner, CircuitBreaker breaker) : IRecordStore
{
    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder().AddBreaker(breaker).Build();

    /// <inheritdoc/>
    /// <exception cref="BackendException">A fault of the store, or <see cref="BackendFault.CircuitOpen"/>.</exception>
    public ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken) => _pipeline.ExecuteAsync(
        static (call, stop) => call.inner.FindAsync(call.id, stop), (inner, id), cancellationToken);
}
