namespace Egress.Downloads.Fetching;

/// <summary>Cuts slices of objects into parts that are read in one go, in order. How long a part is can be decided with each one.</summary>
/// <param name="slices">What is wanted.</param>
/// <param name="splits">Whether large objects are split at all.</param>
internal sealed class ObjectChunks(IEnumerable<ObjectSlice> slices, bool splits) : IDisposable
{
    private readonly IEnumerator<ObjectSlice> _slices = slices.GetEnumerator();
    private bool _hasSlice;
    private long _offset;

    /// <summary>The next part; null at the end.</summary>
    /// <param name="partSize">Longest part, in bytes.</param>
    public ObjectChunk? Peek(long partSize)
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

        // Only an object whose version is known is split: its parts must all be of that version.
        var length = splits && slice.Object.ETag is not null ? Math.Min(rest, partSize) : rest;
        return new ObjectChunk(slice.Object, _offset, length, length == rest);
    }

    /// <summary>Goes on behind a part.</summary>
    /// <param name="part">What <see cref="Peek"/> told.</param>
    public void Take(in ObjectChunk part)
    {
        _offset += part.Length;
        _hasSlice = !part.IsLast;
    }

    /// <summary>Takes the next part; null at the end.</summary>
    /// <inheritdoc cref="Peek"/>
    public ObjectChunk? TryTake(long partSize)
    {
        var part = Peek(partSize);
        if (part is { } taken)
        {
            Take(taken);
        }

        return part;
    }

    /// <inheritdoc/>
    public void Dispose() => _slices.Dispose();
}
