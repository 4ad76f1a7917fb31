namespace Egress.Downloads.Fetching;

/// <summary>
/// Enumerates the steps of a range once, for two readers. One reader splits their objects into chunks ahead of time, and the other one takes the
/// steps. The size of each chunk is chosen when the object is split.
/// </summary>
/// <remarks>
/// All chunks of an object must be of one version. If the plan does not have the version, it is taken from the answer to the first chunk. No further
/// chunk is created until then (<see cref="GoOnWith"/>).
/// </remarks>
/// <param name="steps">The steps.</param>
/// <param name="splits">Whether large objects are split.</param>
internal sealed class ObjectChunks(IEnumerable<RangeStep> steps, bool splits) : IDisposable
{
    /// <summary>The limit of steps that wait, which bounds the memory if a range skips many entries.</summary>
    private const int MostStepsAhead = 1024;

    private readonly IEnumerator<RangeStep> _steps = steps.GetEnumerator();

    /// <summary>Steps that were enumerated for their chunks, and not taken yet.</summary>
    private readonly Queue<RangeStep> _ahead = [];
    private bool _hasContent;
    private long _offset;

    /// <summary>The object that is being split. It has its version as soon as that is known.</summary>
    private PlannedObject? _object;
    private bool _awaitsVersion;
    private bool _lacksVersions;

    /// <summary>Whether a flush was enumerated and not taken yet. The steps after a flush are decided only when it is taken.</summary>
    private bool IsFlushAhead => _ahead.Count > 0 && _steps.Current.Action is RangeAction.Flush or RangeAction.Recall;

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

    /// <summary>
    /// Returns the next chunk; null at the end, while too many steps wait to be taken, and while the version of the object is not known.
    /// </summary>
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

    /// <summary>Moves to the position after a chunk.</summary>
    /// <param name="chunk">The result of <see cref="Peek"/>.</param>
    public void Take(in ObjectChunk chunk)
    {
        _offset += chunk.Length;
        _hasContent = !chunk.IsLast;
        _awaitsVersion = chunk.FindsVersion;
    }

    /// <summary>Continues to split an object with the version in the answer to its first chunk. Has no effect when called again.</summary>
    /// <param name="found">The object with that version.</param>
    public void GoOnWith(PlannedObject found)
    {
        if (_awaitsVersion)
        {
            (_object, _awaitsVersion) = (found, false);
        }
    }

    /// <summary>
    /// Replaces the first chunk of an object by the whole object, because the storage returned no version. Later objects are not split either.
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
