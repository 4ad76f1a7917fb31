namespace Egress.Packing;

/// <summary>Collects bytes in chunks, and returns them as <see cref="ChunkedBytes"/>.</summary>
internal sealed class ChunkedBytesWriter
{
    private const int FirstLength = 256;

    private readonly List<byte[]> _full = [];
    private byte[] _last = [];
    private int _used;

    /// <summary>The number of bytes that were written so far.</summary>
    public long Length => ((long)_full.Count * ChunkedBytes.ChunkLength) + _used;

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_used == _last.Length)
            {
                Grow();
            }

            var piece = bytes[..Math.Min(bytes.Length, _last.Length - _used)];
            piece.CopyTo(_last.AsSpan(_used));
            _used += piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Calls an action with each array of written bytes and the number of bytes in it, in order.</summary>
    public void ForEach(Action<byte[], int> action)
    {
        _full.ForEach(chunk => action(chunk, chunk.Length));
        action(_last, _used);
    }

    /// <summary>Returns all written bytes. Called once, as the last call.</summary>
    public ChunkedBytes ToBytes()
    {
        Array.Resize(ref _last, _used);
        return new ChunkedBytes(_used > 0 ? [.. _full, _last] : [.. _full]);
    }

    /// <summary>Makes room for more bytes. The first chunk begins small and is doubled up to its full length, because most lists are short.</summary>
    private void Grow()
    {
        if (_last.Length == ChunkedBytes.ChunkLength)
        {
            _full.Add(_last);
            (_last, _used) = (new byte[ChunkedBytes.ChunkLength], 0);
        }
        else
        {
            Array.Resize(ref _last, Math.Clamp(2 * _last.Length, FirstLength, ChunkedBytes.ChunkLength));
        }
    }
}
