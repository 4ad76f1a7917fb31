using System.Buffers;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// Receives the output of compressors. Holds it in a buffer until it is known whether compression is worthwhile, and then passes it to the entry or
/// drops it.
/// </summary>
internal sealed class DeflateSink(EntryBody body) : WriteOnlyStream
{
    private byte[]? _held;
    private int _heldLength;
    private int _limit;

    /// <summary>Whether output is dropped.</summary>
    public bool Drops { get; set; }

    /// <summary>Whether the output exceeded the limit, so that the held output is incomplete.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>The output that is held back.</summary>
    public ReadOnlySpan<byte> Held => _held.AsSpan(0, _heldLength);

    /// <summary>From now on at most <paramref name="limit"/> bytes are held back.</summary>
    public void Hold(int limit)
    {
        _held = ArrayPool<byte>.Shared.Rent(limit);
        _limit = limit;
    }

    /// <summary>From now on output is passed to the entry. Held output is discarded.</summary>
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
