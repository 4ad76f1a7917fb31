using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Egress.Zip.Format;

namespace Egress.Downloads.Planning;

/// <summary>
/// Builds the strong <c>ETag</c> of an archive whose bytes are the same in each download. The <c>ETag</c> is a hash of everything on which the bytes depend.
/// </summary>
internal sealed class ArchiveETagBuilder : IDisposable
{
    /// <summary>The number of bytes of the hash that are used: enough to make a collision practically impossible.</summary>
    private const int Length = 16;

    /// <summary>The number of bytes that are collected before they are hashed, because each call of the hash has a fixed cost.</summary>
    private const int HashedAtOnce = 4 << 10;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _text = new(2 * HashedAtOnce);
    private bool _isPinned = true;

    public ArchiveETagBuilder() => Append(ArchiveLayout.FormatVersion);

    /// <summary>Adds the next object.</summary>
    public void Add(PlannedObject planned)
    {
        _isPinned = _isPinned && IsPinned(planned);
        if (!_isPinned)
        {
            return;
        }

        var (location, entry) = (planned.Location, planned.Entry);
        Append(location.Bucket);
        Append(location.Key);
        Append(planned.ETag);
        Append(entry.Name);
        Append(planned.Size);
        Append(entry.Crc32 is { } crc ? crc : -1L);
        Append(entry.Modified?.ToUnixTimeSeconds() ?? long.MinValue);
        if (_text.WrittenCount >= HashedAtOnce)
        {
            _hash.AppendData(_text.WrittenSpan);
            _text.ResetWrittenCount();
        }
    }

    /// <summary>
    /// Returns the validator of an archive of the added objects, with quotes; null if its bytes may differ between downloads of the same record.
    /// </summary>
    public string? Create()
    {
        if (!_isPinned)
        {
            return null;
        }

        _hash.AppendData(_text.WrittenSpan);
        return $"\"{Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, Length))}\"";
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    /// <summary>
    /// Whether the plan identifies the content of an object: by a strong validator of the storage, or by a checksum that is verified while the object is read.
    /// A declared size alone is not enough. The other objects determine the file of checksums.
    /// </summary>
    private static bool IsPinned(PlannedObject planned) => planned.Size == 0 || planned.IsChecksumFile || planned.Entry.Crc32 is not null || planned.HasStrongETag;

    private void Append(string? text)
    {
        Append(text is null ? -1L : Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _text);
    }

    private void Append(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_text.GetSpan(sizeof(long)), number);
        _text.Advance(sizeof(long));
    }
}
