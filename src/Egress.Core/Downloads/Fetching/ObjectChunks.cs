namespace Egress.Downloads.Fetching;

/// <summary>
/// Enumerates the steps of a range once, for two readers: the prefetching, which splits their objects into chunks ahead of time, and the writing, which takes
/// the steps later. The size of each chunk is chosen when the object is split.
/// </summary>
/// <remarks>
/// All chunks of an object must be of one version. If the plan does not have the version, it is taken from the response to the request for the first chunk. No
/// further chunk is created until then (<see cref="GoOnWith"/>).
/// </remarks>
/// <param name="steps">The steps.</param>
/// <param name="splits">Whether large objects are split.</param>
internal sealed class ObjectChunks(IEnumerable<RangeStep> steps, bool splits) : IDisposable
{
    /// <summary>The largest number of steps that wait to be taken. It bounds the memory if a range skips many entries.</summary>
    private const int MostStepsAhead = 1024;

    private readonly IEnumerator<RangeStep> _steps = steps.GetEnumerator();

    /// <summary>Steps that were enumerated to split their objects, and were not taken yet.</summary>
    private readonly Queue<RangeStep> _ahead = [];
    private bool _hasContent;
    private long _offset;

    /// <summary>The object that is being split, with its version as soon as the version is known.</summary>
    private PlannedObject? _object;
    private bool _awaitsVersion;
    private bool _lacksVersions;

    /// <summary>
    /// Whether a flush was enumerated and not taken yet. The steps after it must not be enumerated before it is taken, because they depend on it.
    /// </summary>
    private bool IsFlushAhead => _ahead.Count > 0 && _steps.Current.Action is RangeAction.Flush or RangeAction.Recall;

    /// <summary>Takes the next step.</summary>
    /// <returns>False at the end of the range.</returns>
    public bool TryTakeStep(out RangeStep step)
    {
        if (_ahead.Count == 0)
        {
            MoveNext();
        }

        return _ahead.TryDequeue(out step);
    }

    /// <summary>
    /// Returns the next chunk without taking it. Null at the end of the range, while too many steps or a flush wait to be taken, and while the version of the
    /// object is awaited.
    /// </summary>
    /// <param name="chunkSize">The largest length of the chunk, in bytes.</param>
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

    /// <summary>Takes a chunk, so that the next chunk begins after it.</summary>
    /// <param name="chunk">The result of <see cref="Peek"/>.</param>
    public void Take(in ObjectChunk chunk)
    {
        _offset += chunk.Length;
        _hasContent = !chunk.IsLast;
        _awaitsVersion = chunk.FindsVersion;
    }

    /// <summary>Continues to split an object whose version is now known from the response to its first chunk. Further calls have no effect.</summary>
    /// <param name="found">The object with that version.</param>
    public void GoOnWith(PlannedObject found)
    {
        if (_awaitsVersion)
        {
            (_object, _awaitsVersion) = (found, false);
        }
    }

    /// <summary>
    /// Extends the first chunk of an object to the whole object, because the storage returned no version. Later objects of unknown version are not split
    /// either.
    /// </summary>
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
