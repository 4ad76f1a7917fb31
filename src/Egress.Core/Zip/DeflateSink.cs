using System.Buffers;

namespace Egress.Zip;

/// <summary>
/// Where the compressor of an entry writes: first into a buffer of its own, until it is known whether compressing pays; then into the entry;
/// in the end nowhere, because disposing a compressor writes as well.
/// </summary>
internal sealed class DeflateSink(EntryBody body) : WriteOnlyStream
{
    private byte[]? _held;
    private int _heldLength;
    private int _limit;
    private bool _passes;

    /// <summary>Whether more was written than was worth holding: what is held is then incomplete.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What was written while it was held back.</summary>
    public ReadOnlyMemory<byte> Held => _held.AsMemory(0, _heldLength);

    /// <summary>From here on at most <paramref name="limit"/> bytes are held back.</summary>
    public void Hold(int limit)
    {
        _held = ArrayPool<byte>.Shared.Rent(limit);
        _limit = limit;
    }

    /// <summary>From here on everything goes into the entry. What was held is gone.</summary>
    public void PassThrough()
    {
        Drop();
        _passes = true;
    }

    /// <summary>From here on everything is dropped. What was held is gone.</summary>
    public void Drop()
    {
        _passes = false;
        if (_held is not null)
        {
            ArrayPool<byte>.Shared.Return(_held);
            _held = null;
            _heldLength = 0;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_passes)
        {
            body.Write(buffer);
        }
        else if (_held is not null && !Overflowed)
        {
            Overflowed = _heldLength + buffer.Length > _limit;
            if (!Overflowed)
            {
                buffer.CopyTo(_held.AsSpan(_heldLength));
                _heldLength += buffer.Length;
            }
        }
    }
}
