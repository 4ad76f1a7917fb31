using System.Security.Cryptography;
using System.Text;
using Egress.Backends;
using Egress.Records;
using Egress.Storage;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Checksums;

/// <summary>
/// Looks up the checksums that earlier downloads computed, so that a resumed download need not read the objects again. Never fails a download:
/// without a checksum the object is read. Safe for concurrent use.
/// </summary>
internal sealed partial class ChecksumLookup(ICrcCache cache, StorageOptions storage, ILogger<ChecksumLookup> logger)
{
    private volatile bool _isRefused;

    /// <summary>Looks up objects whose validator is strong; checksums of others are never stored.</summary>
    /// <param name="objects">Objects of a plan, and their indices in it.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>The known CRC-32s, by index.</returns>
    public async ValueTask<IReadOnlyDictionary<int, uint>> RecallAsync(
        IEnumerable<(int Index, PlannedObject Object)> objects, CancellationToken cancellationToken)
    {
        var keys = objects.Where(static o => o.Object.HasStrongETag).Select(o => (o.Index, Key: KeyOf(o.Object))).ToList();
        var found = await FindAsync([.. keys.Select(k => k.Key).Distinct()], cancellationToken);
        return keys.Where(k => found.ContainsKey(k.Key)).ToDictionary(k => k.Index, k => found[k.Key]);
    }

    /// <summary>Stores checksums of objects that were read whole. Reads first: most downloads compute nothing new.</summary>
    public async ValueTask RememberAsync(IReadOnlyCollection<(PlannedObject Object, uint Crc32)> found, CancellationToken cancellationToken)
    {
        var crcs = new Dictionary<string, uint>();
        foreach (var (planned, crc) in found)
        {
            crcs[KeyOf(planned)] = crc;
        }

        foreach (var known in await FindAsync([.. crcs.Keys], cancellationToken))
        {
            crcs.Remove(known.Key);
        }

        if (crcs.Count > 0 && !_isRefused)
        {
            await TryAsync(() => cache.AddAsync(crcs, cancellationToken));
        }
    }

    private async ValueTask<IReadOnlyDictionary<string, uint>> FindAsync(string[] keys, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, uint>? found = null;
        if (keys.Length > 0 && !_isRefused)
        {
            await TryAsync(async () => found = await cache.FindAsync(keys, cancellationToken));
        }

        return found ?? new Dictionary<string, uint>();
    }

    private async ValueTask TryAsync(Func<ValueTask> call)
    {
        try
        {
            await call();
        }
        catch (BackendException refusal) when (refusal.Fault == BackendFault.Denied)
        {
            // The account's permissions do not change while it is used: one line is enough.
            if (!_isRefused)
            {
                _isRefused = true;
                Refused(refusal.Message);
            }
        }
        catch (BackendException fault)
        {
            Failed(fault.Message);
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            // A defect of Egress: logged as such, but the download works without the cache.
            Broke(defect);
        }
    }

    /// <summary>Storage, location and validator, hashed: keys of any length, in any store.</summary>
    private string KeyOf(PlannedObject planned)
    {
        var text = string.Join('\0', storage.Type, storage.Place, planned.Location.Bucket, planned.Location.Key, planned.ETag);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 20));
    }

    [LoggerMessage(1030, LogLevel.Warning,
        "The database account may not keep checksums; resumed downloads read more than they need until the next start: {Cause}")]
    private partial void Refused(string cause);

    [LoggerMessage(1031, LogLevel.Warning, "Checksums of earlier downloads cannot be used at the moment: {Cause}")]
    private partial void Failed(string cause);

    [LoggerMessage(1032, LogLevel.Error, "Checksums of earlier downloads cannot be used because of a fault in Egress")]
    private partial void Broke(Exception defect);
}
