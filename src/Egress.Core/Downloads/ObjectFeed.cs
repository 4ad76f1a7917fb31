using Egress.Storage;

namespace Egress.Downloads;

/// <summary>
/// Delivers what is wanted of the objects of a plan, in order. Remote ones are fetched ahead, in parts, as far as the byte budget reaches; what does
/// not fit is opened when its turn comes, so that no opened body waits idle. Local ones are cheap to open and never fetched ahead.
/// For one reader.
/// </summary>
internal sealed class ObjectFeed : IAsyncDisposable
{
    /// <summary>Large remote objects are read in ranges of this size: several of them beat the speed of one connection.</summary>
    public const long PartSize = 4 << 20;

    private readonly IObjectStorage _storage;
    private readonly int _maxAhead;
    private readonly BufferBudget _budget;
    private readonly CancellationTokenSource _stop;
    private readonly IEnumerator<ObjectPart> _parts;
    private readonly Queue<Fetched> _ahead = [];
    private bool _hasNext;
    private Fetched? _current;

    /// <param name="storage">Where the objects are.</param>
    /// <param name="slices">What is wanted, in the order in which it will be read.</param>
    /// <param name="options">How far to look ahead.</param>
    /// <param name="budget">The memory of all downloads.</param>
    /// <param name="cancellationToken">Ends every fetch.</param>
    public ObjectFeed(
        IObjectStorage storage, IEnumerable<ObjectSlice> slices, DownloadOptions options, BufferBudget budget, CancellationToken cancellationToken)
    {
        var remote = storage is not IStorageTraits { IsRemote: false };
        _storage = storage;
        _maxAhead = remote ? options.MaxConcurrentFetches : 0;
        _budget = new BufferBudget(options.DownloadMemory, budget);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _parts = slices.SelectMany(slice => slice.Cut(LongestPart(slice.Object, remote))).GetEnumerator();
        _hasNext = _parts.MoveNext();
    }

    /// <summary>Opens the next part, or takes it from the look-ahead, unless that has happened already.</summary>
    /// <exception cref="BackendException">It cannot be opened.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (_current is not null)
        {
            return;
        }

        FetchAhead();
        if (_ahead.TryDequeue(out _current))
        {
            await _current.Opened.ConfigureAwait(false);
        }
        else if (_hasNext)
        {
            var part = TakeNext();
            var opened = await part.OpenAsync(_storage, cancellationToken).ConfigureAwait(false);
            _current = new Fetched(part, opened.Content, Task.CompletedTask, Task.CompletedTask, 0);
            FetchAhead();
        }
    }

    /// <summary>Reads on in the current object.</summary>
    /// <returns>Bytes read; zero at the object's end, after which the next call begins the next object.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            if (_current is not { } current)
            {
                return 0;
            }

            var read = await current.Content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0)
            {
                return read;
            }

            _current = null;
            await ReleaseAsync(current).ConfigureAwait(false);
            if (current.Part.IsLast)
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_current is { } current)
        {
            await ReleaseAsync(current).ConfigureAwait(false);
        }

        while (_ahead.TryDequeue(out var fetched))
        {
            await ReleaseAsync(fetched).ConfigureAwait(false);
        }

        _parts.Dispose();
        _stop.Dispose();
    }

    /// <summary>Only an object whose version is known is split: its parts must all be of that version.</summary>
    private static long LongestPart(PlannedObject item, bool remote) => remote && item.ETag is not null ? PartSize : Math.Max(item.Size, 1);

    private void FetchAhead()
    {
        while (_hasNext && _ahead.Count < _maxAhead && _parts.Current.Length <= PartSize && _budget.TryTake(_parts.Current.BufferedSize))
        {
            var part = TakeNext();
            var (content, opened, fetch) = part.Buffer(_storage, _stop.Token);
            _ahead.Enqueue(new Fetched(part, content, opened, fetch, part.BufferedSize));
        }
    }

    private ObjectPart TakeNext()
    {
        var part = _parts.Current;
        _hasNext = _parts.MoveNext();
        return part;
    }

    private async ValueTask ReleaseAsync(Fetched fetched)
    {
        await fetched.Fetch.ConfigureAwait(false);
        await fetched.Content.DisposeAsync().ConfigureAwait(false);
        _budget.Release(fetched.Buffered);
    }

    private sealed record Fetched(ObjectPart Part, Stream Content, Task Opened, Task Fetch, long Buffered);
}
