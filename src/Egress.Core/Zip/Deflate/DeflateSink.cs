using System.Buffers;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>Where compressors write: into a buffer of its own, until it is known whether compressing pays; else into the entry, or nowhere.</summary>
internal sealed class DeflateSink(EntryBody body) : WriteOnlyStream
{
    private byte[]? _held;
    private int _heldLength;
    private int _limit;

    /// <summary>Whether what is written goes nowhere.</summary>
    public bool Drops { get; set; }

    /// <summary>Whether more was written than was worth holding: what is held is then incomplete.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What was written while it was held back.</summary>
    public ReadOnlySpan<byte> Held => _held.AsSpan(0, _heldLength);

    /// <summary>From here on at most <paramref name="limit"/> bytes are held back.</summary>
    public void Hold(int limit)
    {
        _held = ArrayPool<byte>.Shared.Rent(limit);
        _limit = limit;
    }

    /// <summary>From here on everything goes into the entry. What was held is gone.</summary>
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
