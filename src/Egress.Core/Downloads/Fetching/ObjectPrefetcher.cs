using Egress.Backends;
using Egress.Limits;
using Egress.Storage;

namespace Egress.Downloads.Fetching;

/// <summary>
/// Returns the steps of a range in order, each with its content. Remote objects are prefetched within the byte budget and the <see cref="PrefetchWindow"/>.
/// Objects without room in the budget are opened on demand, so that no open response waits idle. Local objects are cheap to open and never prefetched. Not safe
/// for concurrent use.
/// </summary>
internal sealed class ObjectPrefetcher : IAsyncDisposable
{
    /// <summary>
    /// The length of the longest chunk that is read on demand, in bytes, while there is no memory to prefetch. At 100 MB/s its transfer takes five times as
    /// long as a round trip of 30 ms. Longer chunks would delay prefetching after memory becomes free.
    /// </summary>
    public const long LongestStreamed = 16 << 20;

    private readonly IObjectStorage _storage;
    private readonly bool _looksAhead;
    private readonly FetchSlots _slots;
    private readonly FetchMode _mode;
    private readonly BufferBudget _budget;
    private readonly ChunkBuffers _buffers;
    private readonly PrefetchWindow _window;
    private readonly ChunkSize _chunkSize;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop;
    private readonly ObjectChunks _chunks;
    private readonly Queue<FetchedChunk> _ahead = [];
    private long _bytesAhead;
    private FetchedChunk? _current;

    /// <summary>The fetch whose response will give the version of the object that is being split; null if no version is awaited.</summary>
    private FetchedChunk? _asking;
    private PrefetchedObjectStream? _content;

    /// <param name="storage">The storage of the objects.</param>
    /// <param name="steps">The steps of the range; enumerated once.</param>
    /// <param name="options">The limits of prefetching.</param>
    /// <param name="limits">The limits that all downloads share.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels every fetch.</param>
    /// <param name="mode">The kind of reader.</param>
    public ObjectPrefetcher(
        IObjectStorage storage,
        IEnumerable<RangeStep> steps,
        DownloadOptions options,
        ProcessLimits limits,
        TimeProvider time,
        CancellationToken cancellationToken,
        FetchMode mode = FetchMode.Paced)
    {
        var memory = mode.MemoryOf(options.DownloadMemory);
        _mode = mode;
        _storage = storage;
        _looksAhead = storage.IsRemote;
        _slots = new FetchSlots(options.MaxConcurrentFetches, limits.ExtraFetches);
        _time = time;
        _budget = new BufferBudget(memory, limits.Buffers);
        _buffers = limits.Chunks;
        _window = new PrefetchWindow(memory, isOpen: mode == FetchMode.Bulk);
        _chunkSize = new ChunkSize(memory, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _chunks = new ObjectChunks(steps, splits: _looksAhead);
    }

    /// <summary>The largest length of the next chunk, in bytes.</summary>
    private long LongestChunk => _mode == FetchMode.Bulk ? LongestStreamed : _chunkSize.Bytes;

    /// <summary>Moves to the next step.</summary>
    /// <returns>False at the end of the range.</returns>
    /// <exception cref="InvalidOperationException">The content of the previous step was not read to its end.</exception>
    public bool TryNext(out FetchedStep next)
    {
        if (!_chunks.TryTakeStep(out var step))
        {
            next = default;
            return false;
        }

        if (_content is { Ended: false })
        {
            throw new InvalidOperationException("The content of the previous step was not read to its end.");
        }

        _content = new PrefetchedObjectStream(step.IsRead ? this : null);
        next = new FetchedStep(step, _content);
        return true;
    }

    /// <summary>Makes the next chunk current: opens it, or takes it if it was prefetched. Does nothing if a chunk is current already.</summary>
    /// <exception cref="BackendException">The object cannot be opened.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (_current is not null)
        {
            return;
        }

        if (_ahead.Count == 0)
        {
            FetchAhead();
        }

        if (_ahead.TryDequeue(out _current))
        {
            _bytesAhead -= _current.Buffered;
            _window.Taken(waits: !_current.Fetch.IsCompleted, storageIsIdle: _slots.AreFree);
            FetchAhead();
            await _current.Opened!;
        }
        else if (_chunks.TryTake(LongestStreamed) is { } chunk)
        {
            await StreamAsync(chunk, cancellationToken);
        }

        if (_current is { Chunk.FindsVersion: true } first)
        {
            await FollowVersionAsync(first, cancellationToken);
        }
    }

    /// <summary>Reads the next bytes of the current object.</summary>
    /// <returns>The number of bytes read; zero at the end of the object. The call after that reads the next object.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitAsync(PrepareAsync(cancellationToken));
            if (_current is not { } current)
            {
                return 0;
            }

            var read = await WaitAsync(current.Content.ReadAsync(buffer, cancellationToken));
            if (read > 0)
            {
                return read;
            }

            _current = null;
            await ReleaseAsync(current);
            if (_looksAhead)
            {
                _chunkSize.Took(current.Chunk.Length, await current.Fetch);
            }

            if (current.Chunk.IsLast)
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_current is { } current)
        {
            await ReleaseAsync(current);
        }

        while (_ahead.TryDequeue(out var fetched))
        {
            await ReleaseAsync(fetched);
        }

        _chunks.Dispose();
        _stop.Dispose();
    }

    /// <summary>Reads a chunk from its open response, without holding it in memory.</summary>
    private async ValueTask StreamAsync(ObjectChunk chunk, CancellationToken cancellationToken)
    {
        var opened = await chunk.OpenAsync(_storage, cancellationToken);
        _current = FetchedChunk.Streamed(chunk, opened);
        FetchAhead();
    }

    /// <summary>
    /// Continues an object with the version of its first chunk. If the storage returned no version, the object is read again with one request.
    /// </summary>
    private async ValueTask FollowVersionAsync(FetchedChunk first, CancellationToken cancellationToken)
    {
        if (first.Versioned is { } found)
        {
            _chunks.GoOnWith(found);
            FetchAhead();
            return;
        }

        var whole = _chunks.Widen(first.Chunk);
        _current = null;
        await ReleaseAsync(first);
        await StreamAsync(whole, cancellationToken);
    }

    private void FetchAhead()
    {
        if (_asking?.Versioned is { } found)
        {
            _chunks.GoOnWith(found);
            _asking = null;
        }

        while (_looksAhead && _chunks.Peek(LongestChunk) is { IsBuffered: true } chunk && _slots.TryTake(chunk.Length))
        {
            if ((_ahead.Count > 0 && _bytesAhead + chunk.BufferedSize > _window.Bytes) || !_budget.TryTake(chunk.BufferedSize))
            {
                _slots.Return();
                return;
            }

            _chunks.Take(chunk);
            var started = _time.GetTimestamp();
            var (content, opened, fetch) = chunk.Buffer(_storage, _buffers, _stop.Token);
            var fetched = new FetchedChunk(chunk, content, content, opened, FetchAsync(opened, fetch, started), chunk.BufferedSize);
            _ahead.Enqueue(fetched);
            _bytesAhead += chunk.BufferedSize;
            _asking = chunk.FindsVersion ? fetched : _asking;
        }
    }

    /// <summary>Measures how long a fetch takes, and releases its slot. Never fails, because the reader of the content throws the failure.</summary>
    private async Task<FetchTime> FetchAsync(Task opened, Task fetch, long started)
    {
        await opened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var untilOpened = _time.GetElapsedTime(started);
        await fetch;
        _slots.Return();
        return new FetchTime(untilOpened, _time.GetElapsedTime(started));
    }

    /// <summary>Waits for the storage, and measures the wait.</summary>
    private ValueTask WaitAsync(ValueTask call)
    {
        return call.IsCompletedSuccessfully ? call : MeasuredAsync(call);

        async ValueTask MeasuredAsync(ValueTask call)
        {
            var since = _time.GetTimestamp();
            await call;
            _chunkSize.Waited(since);
        }
    }

    /// <inheritdoc cref="WaitAsync(ValueTask)"/>
    private ValueTask<int> WaitAsync(ValueTask<int> call)
    {
        return call.IsCompletedSuccessfully ? call : MeasuredAsync(call);

        async ValueTask<int> MeasuredAsync(ValueTask<int> call)
        {
            var since = _time.GetTimestamp();
            var read = await call;
            _chunkSize.Waited(since);
            return read;
        }
    }

    private async ValueTask ReleaseAsync(FetchedChunk fetched)
    {
        await fetched.Fetch;
        await fetched.Owner.DisposeAsync();
        _budget.Release(fetched.Buffered);
    }
}
