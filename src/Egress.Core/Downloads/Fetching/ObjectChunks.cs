namespace Egress.Downloads.Fetching;

/// <summary>Cuts slices of objects into chunks that are read in one go, in order. How long a chunk is can be decided with each one.</summary>
/// <param name="slices">What is wanted.</param>
/// <param name="splits">Whether large objects are split at all.</param>
internal sealed class ObjectChunks(IEnumerable<ObjectSlice> slices, bool splits) : IDisposable
{
    private readonly IEnumerator<ObjectSlice> _slices = slices.GetEnumerator();
    private bool _hasSlice;
    private long _offset;

    /// <summary>The next chunk; null at the end.</summary>
    /// <param name="chunkSize">Longest chunk, in bytes.</param>
    public ObjectChunk? Peek(long chunkSize)
    {
        if (!_hasSlice)
        {
            if (!_slices.MoveNext())
            {
                return null;
            }

            (_hasSlice, _offset) = (true, _slices.Current.From);
        }

        var slice = _slices.Current;
        var rest = slice.To - _offset;

        // Only an object whose version is known is split: its chunks must all be of that version.
        var length = splits && slice.Object.ETag is not null ? Math.Min(rest, chunkSize) : rest;
        return new ObjectChunk(slice.Object, _offset, length, length == rest);
    }

    /// <summary>Goes on behind a chunk.</summary>
    /// <param name="chunk">What <see cref="Peek"/> told.</param>
    public void Take(in ObjectChunk chunk)
    {
        _offset += chunk.Length;
        _hasSlice = !chunk.IsLast;
    }

    /// <summary>Takes the next chunk; null at the end.</summary>
    /// <inheritdoc cref="Peek"/>
    public ObjectChunk? TryTake(long chunkSize)
    {
        var chunk = Peek(chunkSize);
        if (chunk is { } taken)
        {
            Take(taken);
        }

        return chunk;
    }

    /// <inheritdoc/>
    public void Dispose() => _slices.Dispose();
}
