namespace Egress.Downloads.Fetching;

/// <summary>
/// Enumerates the steps of a range once, for two readers: one cuts their objects into chunks and runs ahead, the other takes the steps. The size of
/// each chunk is chosen when it is cut.
/// </summary>
/// <param name="steps">The steps.</param>
/// <param name="splits">Whether large objects are split at all.</param>
internal sealed class ObjectChunks(IEnumerable<RangeStep> steps, bool splits) : IDisposable
{
    /// <summary>Bounds the memory where a range skips many entries: chunks are then cut later.</summary>
    private const int MostStepsAhead = 1024;

    private readonly IEnumerator<RangeStep> _steps = steps.GetEnumerator();

    /// <summary>Steps that were enumerated to cut chunks, and not taken yet.</summary>
    private readonly Queue<RangeStep> _ahead = [];
    private bool _hasContent;
    private long _offset;

    /// <summary>Takes the next step.</summary>
    /// <returns>False at the end.</returns>
    public bool TryTakeStep(out RangeStep step)
    {
        if (_ahead.Count == 0)
        {
            MoveNext();
        }

        return _ahead.TryDequeue(out step);
    }

    /// <summary>The next chunk; null at the end, or when too many steps wait to be taken.</summary>
    /// <param name="chunkSize">Longest chunk, in bytes.</param>
    public ObjectChunk? Peek(long chunkSize)
    {
        while (!_hasContent)
        {
            if (_ahead.Count >= MostStepsAhead || !MoveNext())
            {
                return null;
            }
        }

        var step = _steps.Current;
        var rest = step.To - _offset;

        // Only an object whose version is known is split: all of its chunks must be of that version.
        var length = splits && step.Object.ETag is not null ? Math.Min(rest, chunkSize) : rest;
        return new ObjectChunk(step.Object, _offset, length, length == rest);
    }

    /// <summary>Goes on after a chunk.</summary>
    /// <param name="chunk">What <see cref="Peek"/> returned.</param>
    public void Take(in ObjectChunk chunk)
    {
        _offset += chunk.Length;
        _hasContent = !chunk.IsLast;
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
    public void Dispose() => _steps.Dispose();

    private bool MoveNext()
    {
        if (!_steps.MoveNext())
        {
            return false;
        }

        var step = _steps.Current;
        (_hasContent, _offset) = (step.IsRead, step.From);
        _ahead.Enqueue(step);
        return true;
    }
}
