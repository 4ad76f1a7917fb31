using Egress.Storage.Http;

namespace Egress.Storage.Resilience;

/// <summary>Decorates a storage with retries, time limits, a circuit breaker and the repair of broken reads.</summary>
/// <remarks>
/// Streams and listings of a local disk are returned unchanged, without time limits and repair, because system calls cannot be canceled, and network mounts
/// have their own retries.
/// </remarks>
/// <param name="inner">The storage.</param>
/// <param name="calls">Makes the calls, with retries and time limits.</param>
internal sealed class ResilientStorage(IObjectStorage inner, StorageCalls calls) : IObjectStorage, IBatchLookup, IKeyCheck
{
    /// <inheritdoc/>
    public bool IsRemote { get; } = inner.IsRemote;

    /// <inheritdoc/>
    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        var budget = calls.NewBudget();
        var opened = await calls.RunAsync(
            static (it, stop) => it.inner.OpenAsync(it.location, it.range, stop), (inner, location, range), budget, cancellationToken);
        return opened is null || !IsRemote
            ? opened
            : new OpenedObject(opened.Properties, new HealingStream(inner, calls, budget, opened, range));
    }

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) => calls.RunAsync(
        static (it, stop) => it.inner.LookUpAsync(it.location, stop), (inner, location), calls.NewBudget(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) =>
        inner.LookUpAllAsync(locations, cancellationToken);

    /// <inheritdoc/>
    public void CheckKey(ObjectLocation location) => inner.CheckKey(location);

    /// <summary>Lists page by page. Each page is a call with its own retries.</summary>
    /// <inheritdoc cref="IObjectStorage.ListAsync"/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
        inner is IPagedListing paged
            ? PagedListing.ListAsync(prefix, (continuation, stop) => ListPageAsync(paged, prefix, continuation, stop), cancellationToken)
            : inner.ListAsync(prefix, cancellationToken);

    private ValueTask<ObjectPage> ListPageAsync(
        IPagedListing paged, ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken) => calls.RunAsync(
            static (it, stop) => it.paged.ListPageAsync(it.prefix, it.continuation, stop),
            (paged, prefix, continuation),
            calls.NewBudget(),
            cancellationToken);
}
