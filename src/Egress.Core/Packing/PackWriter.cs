using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Egress.Packing;

/// <summary>Writes the fields of packed items: texts front-coded, numbers as LEB128, and numbers that are rarely small in full, little-endian.</summary>
internal sealed class PackWriter
{
    /// <summary>How many texts an item may have that are not shared.</summary>
    public const int TextColumns = 3;

    /// <summary>Throws for text that is not Unicode: a replacement character would make it another key.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int LongestNumber = 10;

    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly string?[] _previous = new string?[TextColumns];
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly List<string> _shared = [];
    private long _previousNumber;

    /// <summary>The texts that items share, by index.</summary>
    public IReadOnlyList<string> SharedTexts => _shared;

    /// <summary>Appends the items since the last call to the output. Each block can be read without the others.</summary>
    /// <returns>Length of the block in bytes.</returns>
    public int EndBlock(ChunkedBytesWriter output)
    {
        var length = _block.WrittenCount;
        output.Write(_block.WrittenSpan);
        _block.ResetWrittenCount();
        Array.Clear(_previous);
        _previousNumber = 0;
        return length;
    }

    public void Byte(byte value)
    {
        _block.GetSpan(sizeof(byte))[0] = value;
        _block.Advance(sizeof(byte));
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_block.GetSpan(sizeof(uint)), value);
        _block.Advance(sizeof(uint));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_block.GetSpan(sizeof(long)), value);
        _block.Advance(sizeof(long));
    }

    /// <summary>Writes a number that is small most of the time (LEB128): in one byte below 128, in ten where it is negative.</summary>
    public void Number(long value)
    {
        var room = _block.GetSpan(LongestNumber);
        var rest = (ulong)value;
        var length = 0;
        for (; rest >= 0x80; rest >>= 7)
        {
            room[length++] = (byte)(rest | 0x80);
        }

        room[length++] = (byte)rest;
        _block.Advance(length);
    }

    /// <summary>Writes a number as the difference from that of the item before, in few bytes where the two are near to each other.</summary>
    public void Difference(long value)
    {
        var difference = unchecked(value - _previousNumber);
        _previousNumber = value;
        Number((difference << 1) ^ (difference >> 63));
    }

    /// <summary>Writes bytes whose number the reader knows from earlier fields.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => _block.Write(bytes);

    /// <summary>
    /// Writes a text front-coded: how many UTF-16 units it shares with that of the item before, and the rest in UTF-8 after its length in bytes.
    /// </summary>
    /// <param name="column">Which of the item's texts, from 0.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="EncoderFallbackException">It is not Unicode.</exception>
    public void Text(int column, string text)
    {
        var common = text.AsSpan().CommonPrefixLength(_previous[column]);

        // A surrogate pair is not cut: half of one is not Unicode.
        if (common > 0 && char.IsHighSurrogate(text[common - 1]))
        {
            common--;
        }

        var rest = text.AsSpan(common);
        Number(common);
        Number(Strict.GetByteCount(rest));
        Strict.GetBytes(rest, _block);
        _previous[column] = text;
    }

    /// <summary>Writes a text that many items share, such as a bucket, as an index: it is kept once.</summary>
    public void Shared(string text)
    {
        if (!_indices.TryGetValue(text, out var index))
        {
            index = _shared.Count;
            _indices.Add(text, index);
            _shared.Add(text);
        }

        Number(index);
    }
}
