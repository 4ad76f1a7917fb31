using System.Buffers;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// Receives the output of compressors. It holds the output of the first bytes in a buffer until it is known whether compression is worthwhile, and passes later
/// output to the entry.
/// </summary>
internal sealed class DeflateSink(EntryBody body) : WriteOnlyStream
{
    private byte[]? _held;
    private int _heldLength;
    private int _limit;

    /// <summary>Whether output is dropped at present.</summary>
    public bool Drops { get; set; }

    /// <summary>Whether the output exceeded the limit, so that the held output is incomplete.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>The output that is held back.</summary>
    public ReadOnlySpan<byte> Held => _held.AsSpan(0, _heldLength);

    /// <summary>Starts to hold output back, up to <paramref name="limit"/> bytes.</summary>
    public void Hold(int limit)
    {
        _held = ArrayPool<byte>.Shared.Rent(limit);
        _limit = limit;
    }

    /// <summary>Stops holding output back. Held output is discarded, and further output is passed to the entry.</summary>
    public void PassThrough()
    {
        (Overflowed, _heldLength) = (false, 0);
        if (_held is not null)
        {
            ArrayPool<byte>.Shared.Return(_held);
            _held = null;
        }
    }

    protected override void Dispose(bool disposing)
    {
        PassThrough();
        base.Dispose(disposing);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Drops || Overflowed)
        {
            return;
        }

        if (_held is null)
        {
            body.Write(buffer);
            return;
        }

        Overflowed = _heldLength + buffer.Length > _limit;
        if (!Overflowed)
        {
            buffer.CopyTo(_held.AsSpan(_heldLength));
            _heldLength += buffer.Length;
        }
    }
}
