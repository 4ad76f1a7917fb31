namespace Egress.Storage.Resilience;

/// <summary>
/// Decorates uploads with retries, time limits and a circuit breaker. Each call may be repeated, because a second upload of the same part replaces the first
/// one.
/// </summary>
/// <param name="inner">The storage.</param>
/// <param name="calls">Makes the calls, with retries and time limits.</param>
/// <param name="copies">Whether the storage may copy parts: the objects are in it.</param>
internal sealed class ResilientUploads(IObjectUploads inner, StorageCalls calls, bool copies = true) : IObjectUploads, ICopyingUploads
{
    /// <summary>
    /// The minimum of the time limit of one attempt. It must be long, because the storage responds only after it has received the whole part.
    /// </summary>
    internal static readonly TimeSpan LeastTimeout = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public UploadLimits Limits => copies ? inner.Limits : inner.Limits with { LargestCopy = 0 };

    /// <inheritdoc/>
    public ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken) =>
        RunAsync(token => inner.BeginAsync(destination, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UploadedPart> PutPartAsync(
        ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        RunAsync(token => inner.PutPartAsync(upload, place, content, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UploadedPart?> CopyPartAsync(
        ObjectUpload upload, PartPlace place, CopiedRange source, CancellationToken cancellationToken) => copies && inner is ICopyingUploads copying
            ? RunAsync(token => copying.CopyPartAsync(upload, place, source, token), cancellationToken)
            : new((UploadedPart?)null);

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken) =>
        RunAsync(token => inner.CompleteAsync(upload, parts, overwrites, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken) =>
        RunAsync(token => inner.LinkAsync(location, fileName, lifetime, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken) =>
        RunAsync(token => inner.IsFromAsync(upload, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortLostAsync(
        ObjectLocation destination, DateTimeOffset since, string? except, Func<CancellationToken, ValueTask<bool>> mayAbort, CancellationToken cancellationToken) => await RunAsync(
        async token =>
        {
            await inner.AbortLostAsync(destination, since, except, mayAbort, token);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken) => await RunAsync(
        async token =>
        {
            await inner.AbortAsync(upload, token);
            return true;
        },
        cancellationToken);

    private ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken) =>
        calls.RunAsync(static (call, token) => call(token), call, calls.NewBudget(), cancellationToken);
}
