using System.IO.Hashing;

namespace Egress.TestKit.Zip;

/// <summary>A reader refused an archive.</summary>
public sealed class ArchiveRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The size and the checksum that a reader found for one entry.</summary>
public readonly record struct ReadEntry(long Size, uint Crc32)
{
    /// <summary>Returns the size and the checksum of content.</summary>
    public static ReadEntry Of(ReadOnlySpan<byte> content) => new(content.Length, System.IO.Hashing.Crc32.HashToUInt32(content));
}

/// <summary>A ZIP reader that does not share code with Egress.</summary>
public abstract class ZipReader
{
    /// <summary>Its name, for test reports.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it can read AES-256.</summary>
    public virtual bool ReadsEncrypted => false;

    /// <summary>Whether it reads the archive as a stream, without the central directory.</summary>
    public virtual bool IsStreaming => false;

    /// <summary>Unpacks all entries.</summary>
    /// <param name="archive">Path of the archive.</param>
    /// <param name="password">For encrypted archives.</param>
    /// <param name="cancellationToken">Cancels the unpacking.</param>
    /// <returns>The content of the entries, by path with forward slashes.</returns>
    /// <exception cref="ArchiveRefusedException">The archive was not accepted.</exception>
    public abstract Task<IReadOnlyDictionary<string, ReadEntry>> UnpackAsync(
        string archive, string? password, CancellationToken cancellationToken);

    /// <summary>Reads all entries without writing files, for archives that are too large for the disk.</summary>
    /// <exception cref="ArchiveRefusedException">The archive was not accepted.</exception>
    public abstract Task TestAsync(string archive, string? password, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Reads a stream to its end.</summary>
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
