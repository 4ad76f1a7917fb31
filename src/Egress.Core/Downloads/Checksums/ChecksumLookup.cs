using System.Security.Cryptography;
using System.Text;
using Egress.Records.Roles;
using Egress.Storage;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Checksums;

/// <summary>
/// Looks up the checksums that earlier downloads computed, so that a resumed download need not read the objects again. Never fails a download:
/// without a checksum the object is read. Safe for concurrent use.
/// </summary>
internal sealed class ChecksumLookup(
    IChecksumCache<uint> crcs, IChecksumCache<Sha256Digest> digests, StorageOptions storage, ILogger<ChecksumLookup> logger)
{
    private readonly GuardedChecksumCache<uint> _crcs = new(crcs, logger);
    private readonly GuardedChecksumCache<Sha256Digest> _digests = new(digests, logger);
    private readonly PieceMemory _pieces = new();

    /// <summary>The parts of an object that downloads of this process have read. Only for objects with a strong validator.</summary>
    public Pieces PiecesOf(PlannedObject planned) => _pieces.Find(KeyOf(planned));

    /// <summary>Remembers a part of an object, in this process.</summary>
    /// <returns>The parts of it that are known now, and whether this part was not.</returns>
    public (Pieces Pieces, bool IsNew) Add(PlannedObject planned, Piece piece) => _pieces.Add(KeyOf(planned), piece);

    /// <summary>Looks up objects whose validator is strong; checksums of others are never stored.</summary>
    /// <param name="objects">Objects of a plan, and their indices in it.</param>
    /// <param name="withDigests">Whether SHA-256 digests are needed too.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public async ValueTask<KnownChecksums> RecallAsync(
        IEnumerable<(int Index, PlannedObject Object)> objects, bool withDigests, CancellationToken cancellationToken)
    {
        var keys = objects.Where(static o => o.Object.HasStrongETag).Select(o => (o.Index, Key: KeyOf(o.Object))).ToList();
        string[] wanted = [.. keys.Select(static k => k.Key).Distinct()];
        var crcs = await _crcs.FindAsync(wanted, cancellationToken);
        var digests = await _digests.FindAsync(withDigests ? wanted : [], cancellationToken);
        return new KnownChecksums(ByIndex(keys, crcs), ByIndex(keys, digests));
    }

    /// <summary>Stores checksums of objects that were read whole.</summary>
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

    private static Dictionary<int, T> ByIndex<T>(List<(int Index, string Key)> keys, IReadOnlyDictionary<string, T> found) =>
        keys.Where(k => found.ContainsKey(k.Key)).ToDictionary(k => k.Index, k => found[k.Key]);

    /// <summary>Storage, location and validator, hashed: keys of any length, in any store.</summary>
    private string KeyOf(PlannedObject planned)
    {
        var text = string.Join('\0', storage.Type, storage.Place, planned.Location.Bucket, planned.Location.Key, planned.ETag);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 20));
    }
}

/// <summary>Checksums that earlier downloads found, by the index of the object in the plan.</summary>
/// <param name="Crc32s">CRC-32s.</param>
/// <param name="Sha256Digests">SHA-256 digests.</param>
internal sealed record KnownChecksums(IReadOnlyDictionary<int, uint> Crc32s, IReadOnlyDictionary<int, Sha256Digest> Sha256Digests)
{
    /// <summary>No checksums.</summary>
    public static readonly KnownChecksums None = new(new Dictionary<int, uint>(), new Dictionary<int, Sha256Digest>());
}

/// <summary>Checksums of an object that was read whole.</summary>
/// <param name="Object">The object.</param>
/// <param name="Crc32">Its CRC-32; null if it is not worth storing.</param>
/// <param name="Sha256">Its SHA-256; null if it was not computed.</param>
internal readonly record struct FoundChecksums(PlannedObject Object, uint? Crc32, Sha256Digest? Sha256);
