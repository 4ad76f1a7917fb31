namespace Egress.Downloads.Checksums;

/// <summary>
/// Collects the checksums that one download finds out, and has them remembered from time to time beside the streaming: a download
/// that is cut off, or a process that dies, leaves most of them behind. For one transfer.
/// </summary>
/// <param name="memory">Who remembers.</param>
/// <param name="isLocal">Whether the objects are on a disk, where small ones are read again as fast as their checksums are found.</param>
internal sealed class CrcRecorder(ChecksumLookup memory, bool isLocal) : IAsyncDisposable
{
    private const long SmallestLocal = 64 << 10;

    private const int BatchSize = 1000;

    /// <summary>So much to read again is worth a statement.</summary>
    private const long BatchBytes = 64 << 20;

    private List<(PlannedObject Object, uint Crc32)> _pending = [];
    private long _pendingBytes;
    private Task _writing = Task.CompletedTask;

    /// <summary>Takes the checksum of an object that was read whole.</summary>
    public void Add(PlannedObject planned, uint crc32)
    {
        if (!planned.HasStrongETag || planned.Size <= (isLocal ? SmallestLocal : 0))
        {
            return;
        }

        _pending.Add((planned, crc32));
        _pendingBytes += planned.Size;
        if ((_pending.Count >= BatchSize || _pendingBytes >= BatchBytes) && _writing.IsCompleted)
        {
            _writing = WriteAsync();
        }
    }

    /// <summary>Has the rest remembered, also when the download failed: then it is needed most.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writing;
        if (_pending.Count > 0)
        {
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        var batch = _pending;
        (_pending, _pendingBytes) = ([], 0);

        // The stream goes on meanwhile, also where a driver does all its work on the thread that calls it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // The database has its own time limit. The client may be gone already.
        await memory.RememberAsync(batch, CancellationToken.None);
    }
}
