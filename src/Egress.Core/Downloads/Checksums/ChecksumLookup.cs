using System.Security.Cryptography;
using System.Text;
using Egress.Limits;
using Egress.Records.Roles;
using Egress.Storage;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Checksums;

/// <summary>
/// Looks up checksums that earlier downloads computed, so that a resumed download does not read the objects again. A failure never fails the
/// download: an object without a checksum is read. Safe for concurrent use.
/// </summary>
internal sealed class ChecksumLookup(
    IChecksumCache<uint> crcs, IChecksumCache<Sha256Digest> digests, StorageOptions storage, ProcessLimits limits, ILogger<ChecksumLookup> logger)
{
    /// <summary>The largest number of objects in one query. A resumed archive may look up a million objects, whose keys would take 100 MB together.</summary>
    private const int RecallBatch = ChecksumCacheLimits.BatchSize;

    private readonly GuardedChecksumCache<uint> _crcs = new(crcs, logger);
    private readonly GuardedChecksumCache<Sha256Digest> _digests = new(digests, logger);
    private readonly PieceMemory _pieces = new(limits.Kept);

    /// <summary>Returns the parts of an object whose CRC-32s downloads of this process have computed. The object must have a strong validator.</summary>
    public Pieces PiecesOf(PlannedObject planned) => _pieces.Find(KeyOf(planned));

    /// <summary>Adds the CRC-32 of a part of an object to the memory of this process. The object must have a strong validator.</summary>
    /// <returns>The known parts of the object, and whether this part is new.</returns>
    public (Pieces Pieces, bool IsNew) Add(PlannedObject planned, Piece piece) => _pieces.Add(KeyOf(planned), piece);

    /// <summary>Looks up the checksums of the objects that have a strong validator. Checksums of other objects are never stored.</summary>
    /// <param name="objects">Objects of a plan, and their indices in it.</param>
    /// <param name="withDigests">Whether SHA-256 digests are needed too.</param>
    /// <param name="known">Receives the found checksums.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    public async ValueTask RecallAsync(
        IEnumerable<(int Index, PlannedObject Object)> objects, bool withDigests, KnownChecksums known, CancellationToken cancellationToken)
    {
        var (wantsCrcs, wantsDigests) = (true, withDigests);
        foreach (var batch in objects.Where(static o => o.Object.HasStrongETag).Chunk(RecallBatch))
        {
            var keys = Array.ConvertAll(batch, o => (o.Index, Key: KeyOf(o.Object)));
            string[] wanted = [.. keys.Select(static k => k.Key).Distinct()];
            wantsCrcs = wantsCrcs && Take(keys, await _crcs.FindAsync(wanted, cancellationToken), known.Crc32s);
            wantsDigests = wantsDigests && Take(keys, await _digests.FindAsync(wanted, cancellationToken), known.Sha256Digests);
            if (!wantsCrcs && !wantsDigests)
            {
                break;
            }
        }
    }

    /// <summary>Stores the checksums of completely read objects in the caches.</summary>
    public async ValueTask RememberAsync(IReadOnlyCollection<FoundChecksums> found, CancellationToken cancellationToken)
    {
        var (crcs, digests) = (new Dictionary<string, uint>(), new Dictionary<string, Sha256Digest>());
        foreach (var (planned, crc, digest) in found)
        {
            var key = KeyOf(planned);
            if (crc is { } crc32)
            {
                crcs[key] = crc32;
            }

            if (digest is { } sha256)
            {
                digests[key] = sha256;
            }
        }

        await _crcs.AddAsync(crcs, cancellationToken);
        await _digests.AddAsync(digests, cancellationToken);
    }

    /// <returns>Whether the cache answered. If not, it is not queried for the remaining batches.</returns>
    private static bool Take<T>((int Index, string Key)[] keys, IReadOnlyDictionary<string, T>? found, ChecksumTable<T> known)
        where T : struct
    {
        foreach (var (index, key) in found is null ? [] : keys)
        {
            if (found!.TryGetValue(key, out var checksum))
            {
                known.Add(index, checksum);
            }
        }

        return found is not null;
    }

    /// <summary>Returns the key of an object in the caches: a hash of its storage, its location and its validator.</summary>
    private string KeyOf(PlannedObject planned)
    {
        var text = string.Join('\0', storage.Type, storage.Place, planned.Location.Bucket, planned.Location.Key, planned.ETag);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 20));
    }
}

/// <summary>Checksums of an object that was read completely.</summary>
/// <param name="Object">The object.</param>
/// <param name="Crc32">Its CRC-32; null if it is not worth storing.</param>
/// <param name="Sha256">Its SHA-256; null if it was not computed.</param>
internal readonly record struct FoundChecksums(PlannedObject Object, uint? Crc32, Sha256Digest? Sha256);
