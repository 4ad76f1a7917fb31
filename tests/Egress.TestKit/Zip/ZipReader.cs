using System.IO.Hashing;

namespace Egress.TestKit.Zip;

/// <summary>The exception for an archive that a reader did not accept.</summary>
public sealed class ArchiveRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The size and the checksum of one entry, as a reader found them.</summary>
public readonly record struct ReadEntry(long Size, uint Crc32)
{
    /// <summary>Returns the size and the checksum of a content.</summary>
    public static ReadEntry Of(ReadOnlySpan<byte> content) => new(content.Length, System.IO.Hashing.Crc32.HashToUInt32(content));
}

/// <summary>A ZIP reader that shares no code with Egress.</summary>
public abstract class ZipReader
{
    /// <summary>Name of the reader, for test reports.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the reader supports AES-256.</summary>
    public virtual bool ReadsEncrypted => false;

    /// <summary>Whether the reader reads the archive as a stream, without the central directory.</summary>
    public virtual bool IsStreaming => false;

    /// <summary>Unpacks all entries.</summary>
    /// <param name="archive">Path of the archive.</param>
    /// <param name="password">Password of the archive; null without encryption.</param>
    /// <param name="cancellationToken">Cancels the unpacking.</param>
    /// <returns>Size and checksum of each entry, by path with forward slashes.</returns>
    /// <exception cref="ArchiveRefusedException">The reader did not accept the archive.</exception>
    public abstract Task<IReadOnlyDictionary<string, ReadEntry>> UnpackAsync(
        string archive, string? password, CancellationToken cancellationToken);

    /// <summary>Reads all entries without writing files, for archives that are too large for the disk.</summary>
    /// <exception cref="ArchiveRefusedException">The reader did not accept the archive.</exception>
    public abstract Task TestAsync(string archive, string? password, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Reads a stream to its end, and returns its size and checksum.</summary>
    protected static ReadEntry ReadToEnd(Stream content)
    {
        var crc = new Crc32();
        var buffer = new byte[64 << 10];
        var size = 0L;
        for (int read; (read = content.Read(buffer)) > 0; size += read)
        {
            crc.Append(buffer.AsSpan(0, read));
        }

        return new(size, crc.GetCurrentHashAsUInt32());
    }
}
