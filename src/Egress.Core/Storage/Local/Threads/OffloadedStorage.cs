using System.Runtime.CompilerServices;

namespace Egress.Storage.Local.Threads;

/// <summary>Makes the calls of a blocking storage on <see cref="DiskThreads"/>.</summary>
/// <param name="inner">The storage. Its calls complete before they return.</param>
/// <param name="threads">The threads.</param>
internal sealed class OffloadedStorage(IObjectStorage inner, DiskThreads threads) : IObjectStorage, IBatchLookup, IKeyCheck
{
    /// <summary>The number of objects of a listing that are returned by one call on a disk thread.</summary>
    private const int PageSize = 256;

    /// <inheritdoc/>
    public bool IsRemote { get; } = inner.IsRemote;

    /// <inheritdoc/>
    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        if (inner is ICachedStorage cached && threads.Current is null && cached.TryOpen(location, range) is { } atHand)
        {
            return Offload(atHand);
        }

        var opened = threads.Current is { } thread
            ? thread.Run(
                static it => Result(it.inner.OpenAsync(it.location, it.range, it.cancellationToken)), (inner, location, range, cancellationToken))
            : await threads.RunAsync(
                () => Result(inner.OpenAsync(location, range, cancellationToken)),
                DiskCallMode.AbandonableThenStay,
                cancellationToken,
                static late => late?.Content.Dispose());
        return opened is null ? null : Offload(opened);
    }

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) => threads.RunAsync(
        () => Result(inner.LookUpAsync(location, cancellationToken)), DiskCallMode.Abandonable, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(
        IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) => threads.RunAsync(
            () => Result(inner.LookUpAllAsync(locations, cancellationToken)), DiskCallMode.Abandonable, cancellationToken);

    /// <inheritdoc/>
    public void CheckKey(ObjectLocation location) => inner.CheckKey(location);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The enumerator is disposed only at the end of the listing, because a disk thread may still use it after a canceled wait. It keeps no file open
        // between calls, so it need not be disposed otherwise.
        var listing = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var page = await threads.RunAsync(() => Read(listing), DiskCallMode.Abandonable, cancellationToken);
            foreach (var found in page)
            {
                yield return found;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }
        }
    }

    private OpenedObject Offload(OpenedObject opened) => new(opened.Properties, new OffloadedStream(opened.Content, threads));

    private static List<ObjectProperties> Read(IAsyncEnumerator<ObjectProperties> listing)
    {
        var page = new List<ObjectProperties>();
        while (page.Count < PageSize && Result(listing.MoveNextAsync()))
        {
            page.Add(listing.Current);
        }

        return page;
    }

    internal static T Result<T>(ValueTask<T> completed) => completed.IsCompleted
        ? completed.GetAwaiter().GetResult()
        : throw new InvalidOperationException("The storage waits for something other than the calls of the system.");
}
