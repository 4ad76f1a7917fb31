using System.Security.Cryptography;
using Egress.Packing;
using Egress.Records.Roles;

namespace Egress.Downloads.Checksums;

/// <summary>Collects the SHA-256 digests of the files of one transfer, in the order of the archive, 32 bytes each.</summary>
internal sealed class ArchiveDigests : IDisposable
{
    private readonly ChunkedBytesWriter _digests = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Wraps the content of a file in a stream that hashes it while it is read. Only one file may be read at a time.</summary>
    public Stream Hashing(Stream content) => new HashingStream(content, _hash);

    /// <summary>Returns the digest of the bytes that the hashing stream has read since the last call.</summary>
    public Sha256Digest TakeHash()
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Length];
        _hash.GetHashAndReset(bytes);
        return Sha256Digest.From(bytes);
    }

    /// <summary>Adds the digest of the next file.</summary>
    public void Add(Sha256Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Length];
        digest.CopyTo(bytes);
        _digests.Write(bytes);
    }

    /// <summary>Returns the content of the checksum file. Called once, after all digests were added.</summary>
    /// <param name="objects">The objects of the archive, in its order.</param>
    public Stream OpenChecksumFile(IEnumerable<PlannedObject> objects) =>
        new ChecksumFileStream(objects.Where(static planned => !planned.Entry.IsFolder), _digests.ToBytes());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
