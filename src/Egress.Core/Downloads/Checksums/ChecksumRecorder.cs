namespace Egress.Downloads.Checksums;

/// <summary>
/// Collects the checksums that one transfer computes. Stores them regularly during the transfer, so that most of them are kept even if the download
/// is aborted or the process dies.
/// </summary>
/// <param name="memory">Stores the checksums.</param>
/// <param name="isLocal">Whether the objects are on a disk, where reading a small one again is as fast as looking up its checksum.</param>
internal sealed class ChecksumRecorder(ChecksumLookup memory, bool isLocal) : IAsyncDisposable
{
    private const long SmallestLocal = 64 << 10;

    private const int BatchSize = 1000;

    /// <summary>Checksums of this many bytes are worth a statement that stores them.</summary>
    private const long BatchBytes = 64 << 20;

    private List<FoundChecksums> _pending = [];
    private long _pendingBytes;
    private Task _writing = Task.CompletedTask;

    /// <summary>The parts of an object whose checksums are known.</summary>
    public Pieces PiecesOf(PlannedObject planned) => memory.PiecesOf(planned);

    /// <summary>Looks up the CRC-32s that earlier downloads computed.</summary>
    /// <param name="objects">Objects of a plan, and their indices in it.</param>
    /// <param name="known">Receives the found checksums.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public ValueTask RecallAsync(IEnumerable<(int Index, PlannedObject Object)> objects, KnownChecksums known, CancellationToken cancellationToken) =>
        memory.RecallAsync(objects, withDigests: false, known, cancellationToken);

    /// <summary>Whether checksums are not stored yet.</summary>
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
    /// Adds the checksum of a part of an object for which neither record nor storage has a checksum. Stores the checksum of the whole object when all
    /// parts are known.
    /// </summary>
    public void Add(PlannedObject planned, Piece piece)
    {
        if (IsWorthwhile(planned) && memory.Add(planned, piece) is var (pieces, isNew) && isNew && pieces.Whole(planned.Size) is { } whole)
        {
            Add(new FoundChecksums(planned, whole, null));
        }
    }

    /// <summary>Stores the rest. Also called after a failed download, because the resumed download needs these checksums.</summary>
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

        // Runs on another thread, so that the transfer continues even if a driver works on the calling thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // The database has its own time limit. The client may have disconnected.
        await memory.RememberAsync(batch, CancellationToken.None);
    }
}
