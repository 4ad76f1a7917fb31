using System.Text;
using Egress.Packing;
using Egress.Records.Roles;
using Egress.Storage;

namespace Egress.Downloads.Checksums;

/// <summary>The content of a checksum file, created line by line while it is read.</summary>
/// <param name="files">The files of the archive.</param>
/// <param name="digests">The digests of the files, 32 bytes each, in the order of <paramref name="files"/>.</param>
internal sealed class ChecksumFileStream(IEnumerable<PlannedObject> files, ChunkedBytes digests) : SourceStream
{
    private readonly IEnumerator<PlannedObject> _files = files.GetEnumerator();
    private long _read;
    private ReadOnlyMemory<byte> _line;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var written = 0;
        while (written < buffer.Length && HasLine())
        {
            var length = Math.Min(_line.Length, buffer.Length - written);
            _line[..length].CopyTo(buffer[written..]);
            _line = _line[length..];
            written += length;
        }

        return new(written);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _files.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool HasLine()
    {
        if (_line.IsEmpty && _files.MoveNext())
        {
            var digest = Sha256Digest.From(digests.Slice(_read, Sha256Digest.Length));
            _read += Sha256Digest.Length;
            _line = Encoding.UTF8.GetBytes(ChecksumFile.Line(_files.Current.Entry, digest));
        }

        return !_line.IsEmpty;
    }
}
