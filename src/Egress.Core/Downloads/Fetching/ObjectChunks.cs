namespace Egress.Downloads.Fetching;

/// <summary>
/// Enumerates the steps of a range once, for two readers: one cuts their objects into chunks and runs ahead, the other takes the steps. The size of
/// each chunk is chosen when it is cut.
/// </summary>
/// <remarks>
/// All chunks of an object must be of one version. Where the plan does not know it, the answer to the first chunk has it, and nothing is cut until
/// then (<see cref="GoOnWith"/>).
/// </remarks>
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

    /// <summary>The object that is cut, with its version once that is known.</summary>
    private PlannedObject? _object;
    private bool _awaitsVersion;
    private bool _lacksVersions;

    /// <summary>Whether a flush was enumerated, and not taken yet. What follows is decided afterwards.</summary>
    private bool IsFlushAhead => _ahead.Count > 0 && _steps.Current.Action == RangeAction.Flush;

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

    /// <summary>The next chunk; null at the end, when too many steps wait to be taken, and while the version of the object is not known.</summary>
    /// <param name="chunkSize">Longest chunk, in bytes.</param>
    public ObjectChunk? Peek(long chunkSize)
    {
        while (!_hasContent)
        {
            if (_ahead.Count >= MostStepsAhead || IsFlushAhead || !MoveNext())
            {
                return null;
            }
        }

        if (_awaitsVersion)
        {
            return null;
        }

        var rest = _steps.Current.To - _offset;
        var findsVersion = splits && !_lacksVersions && rest > Math.Max(chunkSize, ObjectChunk.LargestUnsplit) && _object is { ETag: null, Content: null };
        var length = findsVersion || (splits && _object!.ETag is not null) ? Math.Min(rest, chunkSize) : rest;
        return new ObjectChunk(_object!, _offset, length, length == rest, findsVersion);
    }

    /// <summary>Goes on after a chunk.</summary>
    /// <param name="chunk">What <see cref="Peek"/> returned.</param>
    public void Take(in ObjectChunk chunk)
    {
        _offset += chunk.Length;
        _hasContent = !chunk.IsLast;
        _awaitsVersion = chunk.FindsVersion;
    }

    /// <summary>Cuts the rest of an object by the version in the answer to its first chunk. No effect when called again.</summary>
    /// <param name="found">The object with that version.</param>
    public void GoOnWith(PlannedObject found)
    {
        if (_awaitsVersion)
        {
            (_object, _awaitsVersion) = (found, false);
        }
    }

    /// <summary>Replaces the first chunk of an object by all of it, because the storage returned no version. Later objects are not split either.</summary>
    /// <param name="first">The first chunk.</param>
    public ObjectChunk Widen(in ObjectChunk first)
    {
        (_awaitsVersion, _hasContent, _lacksVersions) = (false, false, true);
        return first with { Length = _steps.Current.To - first.Offset, IsLast = true, FindsVersion = false };
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
        (_hasContent, _offset, _object) = (step.IsRead, step.From, step.Object);
        _ahead.Enqueue(step);
        return true;
    }
}
