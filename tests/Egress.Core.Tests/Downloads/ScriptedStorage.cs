using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Core.Tests.Downloads;

/// <summary>A storage in memory that records its calls. It can wait or fail when an object is opened.</summary>
internal sealed class ScriptedStorage : IObjectStorage
{
    private int _reading;
    private int _listedObjects;

    public bool IsRemote { get; init; } = true;

    public Dictionary<string, byte[]> Objects { get; } = [];

    /// <summary>The sizes of further objects, which consist of zeros and take no memory.</summary>
    public Dictionary<string, long> Sparse { get; } = [];

    /// <summary>ETags by key. The default is the key itself.</summary>
    public Dictionary<string, string?> ETags { get; } = [];

    /// <summary>Why objects cannot be read, by key, as returned by listings and look-ups.</summary>
    public Dictionary<string, UnavailableReason> Unavailable { get; } = [];

    /// <summary>Checksums that the storage returns, by key.</summary>
    public Dictionary<string, uint> Crcs { get; } = [];

    public ConcurrentQueue<(string Key, ObjectRange Range)> Opened { get; } = [];

    public ConcurrentQueue<string> LookedUp { get; } = [];

    /// <summary>Properties by key that only the look-up of a single object returns, as with S3.</summary>
    public Dictionary<string, (uint Crc32, string ContentType)> HeadOnly { get; } = [];

    /// <summary>The prefixes that were listed.</summary>
    public ConcurrentQueue<string> Listed { get; } = [];

    /// <summary>Number of objects that listings have returned.</summary>
    public int ListedObjects => Volatile.Read(ref _listedObjects);

    /// <summary>The exceptions of look-ups, by key.</summary>
    public Dictionary<string, BackendException> LookUpFaults { get; } = [];

    /// <summary>The exception of listings; null for none.</summary>
    public BackendException? ListFault { get; set; }

    /// <summary>Number of open streams.</summary>
    public int Open => Volatile.Read(ref _reading);

    /// <summary>Called before an object is opened, with its key.</summary>
    public Func<string, CancellationToken, Task> BeforeOpen { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Wraps the content stream of each opened object.</summary>
    public Func<Stream, Stream> Around { get; set; } = content => content;

    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        Opened.Enqueue((location.Key, range));
        await BeforeOpen(location.Key, cancellationToken);
        if (Sparse.TryGetValue(location.Key, out var size))
        {
            return new OpenedObject(Properties(location, size), new Zeros(range.Length ?? size - range.Offset));
        }

        if (!Objects.TryGetValue(location.Key, out var bytes))
        {
            return null;
        }

        if (Unavailable.ContainsKey(location.Key))
        {
            throw new BackendException(Backend.Storage, BackendFault.Denied, "archived") { IsObjectUnavailable = true };
        }

        if (range.IfMatch is { } validator && validator != Properties(location, bytes.Length).ETag)
        {
            throw new BackendException(Backend.Storage, BackendFault.Changed, "another version");
        }

        Interlocked.Increment(ref _reading);
        var length = range.Length ?? bytes.Length - range.Offset;
        var content = new CountedStream(bytes.AsSpan((int)range.Offset, (int)length).ToArray(), () => Interlocked.Decrement(ref _reading));
        return new OpenedObject(Properties(location, bytes.Length), Around(content));
    }

    public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        LookedUp.Enqueue(location.Key);
        if (LookUpFaults.TryGetValue(location.Key, out var fault))
        {
            return ValueTask.FromException<ObjectProperties?>(fault);
        }

        if (!Sparse.TryGetValue(location.Key, out var size))
        {
            if (!Objects.TryGetValue(location.Key, out var bytes))
            {
                return default;
            }

            size = bytes.Length;
        }

        var properties = Properties(location, size);
        return new(HeadOnly.TryGetValue(location.Key, out var head)
            ? properties with { Crc32 = head.Crc32, ContentType = head.ContentType }
            : properties);
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Listed.Enqueue(prefix.Prefix);
        if (ListFault is { } fault)
        {
            throw fault;
        }

        foreach (var (key, bytes) in Objects.Where(o => o.Key.StartsWith(prefix.Prefix, StringComparison.Ordinal)).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            await Task.Yield();
            Interlocked.Increment(ref _listedObjects);
            yield return Properties(new ObjectLocation(prefix.Bucket, key), bytes.Length);
        }
    }

    private ObjectProperties Properties(ObjectLocation location, long size) => new(location, size)
    {
        ETag = ETags.TryGetValue(location.Key, out var etag) ? etag : $"\"{location.Key}\"",
        Crc32 = Crcs.TryGetValue(location.Key, out var crc) ? crc : null,
        Unavailable = Unavailable.TryGetValue(location.Key, out var reason) ? reason : null,
    };

    private sealed class CountedStream(byte[] bytes, Action closed) : MemoryStream(bytes, writable: false)
    {
        private Action? _closed = closed;

        protected override void Dispose(bool disposing)
        {
            Interlocked.Exchange(ref _closed, null)?.Invoke();
            base.Dispose(disposing);
        }
    }
}
