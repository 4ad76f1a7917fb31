using System.Collections.Concurrent;
using Egress.Storage;

namespace Egress.Integration.Tests.Storage;

/// <summary>A storage that records the requests to another storage.</summary>
internal sealed class CountingStorage(IObjectStorage inner) : IObjectStorage
{
    private int _lookUps;

    /// <inheritdoc/>
    public bool IsRemote => inner.IsRemote;

    /// <summary>The requested ranges, in order.</summary>
    public ConcurrentQueue<ObjectRange> Opened { get; } = [];

    /// <summary>Number of look-ups.</summary>
    public int LookUps => Volatile.Read(ref _lookUps);

    /// <inheritdoc/>
    public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        Opened.Enqueue(range);
        return inner.OpenAsync(location, range, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lookUps);
        return inner.LookUpAsync(location, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);
}
