using System.Buffers;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>The output of compressors: held in a buffer until it is known whether compressing is worth it, then passed to the entry, or dropped.</summary>
internal sealed class DeflateSink(EntryBody body) : WriteOnlyStream
{
    private byte[]? _held;
    private int _heldLength;
    private int _limit;

    /// <summary>Whether output is dropped.</summary>
    public bool Drops { get; set; }

    /// <summary>Whether the output exceeded the limit: what is held is then incomplete.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>The output that is held back.</summary>
    public ReadOnlySpan<byte> Held => _held.AsSpan(0, _heldLength);

    /// <summary>From here on at most <paramref name="limit"/> bytes are held back.</summary>
    public void Hold(int limit)
    {
        _held = ArrayPool<byte>.Shared.Rent(limit);
        _limit = limit;
    }

    /// <summary>From here on output goes to the entry. What was held is discarded.</summary>
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
