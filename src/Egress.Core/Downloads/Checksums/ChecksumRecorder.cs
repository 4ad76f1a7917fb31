namespace Egress.Downloads.Checksums;

/// <summary>
/// Collects the checksums that one transfer computes. Stores them regularly during the transfer, so that most of them are kept even if the download
/// is aborted or the process dies.
/// </summary>
/// <param name="memory">Stores the collected checksums.</param>
/// <param name="isLocal">
/// Whether the objects are on a local disk. Checksums of small ones are then not stored, because reading them again is as fast as a look-up.
/// </param>
internal sealed class ChecksumRecorder(ChecksumLookup memory, bool isLocal) : IAsyncDisposable
{
    private const long SmallestLocal = 64 << 10;

    private const int BatchSize = 1000;

    /// <summary>The total size of the objects, in bytes, after which their collected checksums are stored.</summary>
    private const long BatchBytes = 64 << 20;

    private List<FoundChecksums> _pending = [];
    private long _pendingBytes;
    private Task _writing = Task.CompletedTask;

    /// <summary>Returns the parts of an object whose CRC-32s are known.</summary>
    public Pieces PiecesOf(PlannedObject planned) => memory.PiecesOf(planned);

    /// <summary>Looks up the CRC-32s that earlier downloads computed.</summary>
    /// <param name="objects">Objects of a plan, and their indices in it.</param>
    /// <param name="known">Receives the found checksums.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    public ValueTask RecallAsync(IEnumerable<(int Index, PlannedObject Object)> objects, KnownChecksums known, CancellationToken cancellationToken) =>
        memory.RecallAsync(objects, withDigests: false, known, cancellationToken);

    /// <summary>Whether collected checksums wait to be stored, or are being stored.</summary>
    public bool HasPending => _pending.Count > 0 || !_writing.IsCompleted;

    /// <summary>Adds the checksums of an object that was read completely.</summary>
    public void Add(FoundChecksums found)
    {
        var planned = found.Object;
        if ((found.Crc32 is null && found.Sha256 is null) || !IsWorthwhile(planned))
        {
            return;
        }

        if (found.Crc32 is { } crc && planned.Entry.KnownCrc32 is null)
        {
            memory.Add(planned, new Piece(0, planned.Size, crc));
        }

        _pending.Add(found);
        _pendingBytes += planned.Size;
        if ((_pending.Count >= BatchSize || _pendingBytes >= BatchBytes) && _writing.IsCompleted)
        {
            _writing = WriteAsync();
        }
    }

    /// <summary>
    /// Adds the CRC-32 of a part of an object for which neither the record nor the storage gives one. The CRC-32 of the whole object is collected when all
    /// parts are known.
    /// </summary>
    public void Add(PlannedObject planned, Piece piece)
    {
        if (IsWorthwhile(planned) && memory.Add(planned, piece) is var (pieces, isNew) && isNew && pieces.Whole(planned.Size) is { } whole)
        {
            Add(new FoundChecksums(planned, whole, null));
        }
    }

    /// <summary>Stores the remaining checksums. Also called after a failed download, because its resumption needs them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writing;
        if (_pending.Count > 0)
        {
            await WriteAsync();
        }
    }

    private bool IsWorthwhile(PlannedObject planned) => planned.HasStrongETag && planned.Size > (isLocal ? SmallestLocal : 0);

    private async Task WriteAsync()
    {
        var batch = _pending;
        (_pending, _pendingBytes) = ([], 0);

        // Runs on another thread, so that the transfer continues even if a database driver blocks its calling thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // Not canceled with the download, because the client may have disconnected. The database call has its own time limit.
        await memory.RememberAsync(batch, CancellationToken.None);
    }
}
