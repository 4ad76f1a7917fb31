using System.Buffers;

namespace Egress.Zip;

/// <summary>
/// Where a <see cref="System.IO.Compression.DeflateStream"/> writes: first into a buffer of its own, until it is known whether compressing pays;
/// then into the entry; after a failure nowhere, because disposing the stream writes as well.
/// </summary>
/// <param name="body">The entry.</param>
/// <param name="limit">Most bytes that are worth keeping.</param>
internal sealed class DeflateSink(EntryBody body, int limit) : Stream
{
    private byte[]? _held = ArrayPool<byte>.Shared.Rent(limit);
    private bool _passes;

    /// <summary>Whether more than the limit was written: what is held is then incomplete.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What was written so far.</summary>
    public ReadOnlyMemory<byte> Held => _held.AsMemory(0, HeldLength);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private int HeldLength { get; set; }

    /// <summary>From here on everything goes into the entry.</summary>
    public void PassThrough()
    {
        ReturnHeld();
        _passes = true;
    }

    /// <summary>From here on everything is dropped.</summary>
    public void Drop()
    {
        ReturnHeld();
        _passes = false;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_passes)
        {
            body.Write(buffer);
        }
        else if (_held is not null && !Overflowed)
        {
            Overflowed = HeldLength + buffer.Length > limit;
            if (!Overflowed)
            {
                buffer.CopyTo(_held.AsSpan(HeldLength));
                HeldLength += buffer.Length;
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void ReturnHeld()
    {
        if (_held is not null)
        {
            ArrayPool<byte>.Shared.Return(_held);
            _held = null;
        }
    }
}
