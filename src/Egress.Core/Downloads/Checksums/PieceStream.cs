using System.IO.Hashing;
using Egress.Storage;

namespace Egress.Downloads.Checksums;

/// <summary>Reads a part of an object, and records the CRC-32 of each MiB as soon as it is read, so that other requests can use it.</summary>
/// <param name="source">The content of the part.</param>
/// <param name="planned">The object.</param>
/// <param name="from">Offset of the part in the object.</param>
/// <param name="recorder">Receives the checksums.</param>
internal sealed class PieceStream(Stream source, PlannedObject planned, long from, ChecksumRecorder recorder) : SourceStream
{
    private const long LongestPiece = 1 << 20;

    private readonly Crc32 _crc = new();

    /// <summary>The offsets at which known parts begin or end. A new piece ends there too, so that it can be combined with the known parts.</summary>
    private readonly Queue<long> _borders = new(recorder.PiecesOf(planned).Borders.Where(border => border > from));
    private long _start = from;
    private long _end = from;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await source.ReadAsync(buffer, cancellationToken);
        Take(buffer.Span[..read]);
        if (read == 0)
        {
            EndPiece();
        }

        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        EndPiece();
        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var limit = Math.Min(_borders.TryPeek(out var border) ? border : long.MaxValue, _start + LongestPiece);
            var length = (int)Math.Min(bytes.Length, limit - _end);
            _crc.Append(bytes[..length]);
            _end += length;
            bytes = bytes[length..];
            if (_end == limit)
            {
                EndPiece();
            }
        }
    }

    private void EndPiece()
    {
        while (_borders.TryPeek(out var border) && border <= _end)
        {
            _borders.Dequeue();
        }

        if (_end > _start)
        {
            recorder.Add(planned, new Piece(_start, _end, _crc.GetCurrentHashAsUInt32()));
            _crc.Reset();
            _start = _end;
        }
    }
}
