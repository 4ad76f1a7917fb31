using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Egress.Packing;

/// <summary>
/// Writes the fields of packed items. Texts are front-coded. Numbers are written in LEB128, or in little-endian with full length if they are rarely small.
/// </summary>
internal sealed class PackWriter
{
    /// <summary>The largest number of texts of an item, not counting shared texts.</summary>
    public const int TextColumns = 3;

    /// <summary>An encoding that throws for text that is not Unicode, because a replacement character would change a key.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int LongestNumber = 10;

    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly string?[] _previous = new string?[TextColumns];
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly List<string> _shared = [];
    private long _previousNumber;

    /// <summary>The texts that items share, by index.</summary>
    public IReadOnlyList<string> SharedTexts => _shared;

    /// <summary>Appends the items that were written since the last call to the output, as a block. Each block can be read without the others.</summary>
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

    /// <summary>Writes a number that is usually small (LEB128). A number below 128 takes one byte, and a negative number takes ten.</summary>
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

    /// <summary>Writes a number as the difference from the number of the previous item. A small difference takes few bytes.</summary>
    public void Difference(long value)
    {
        var difference = unchecked(value - _previousNumber);
        _previousNumber = value;
        Number((difference << 1) ^ (difference >> 63));
    }

    /// <summary>Writes bytes without their length, which the reader must know from earlier fields.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => _block.Write(bytes);

    /// <summary>
    /// Writes a front-coded text: the number of leading UTF-16 units that it shares with the text of the previous item, then the rest in UTF-8, preceded by the
    /// length of the rest in bytes.
    /// </summary>
    /// <param name="column">Index of the text within an item, from 0.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="EncoderFallbackException">The text is not Unicode.</exception>
    public void Text(int column, string text)
    {
        var common = text.AsSpan().CommonPrefixLength(_previous[column]);

        // A surrogate pair is not split, because half of a pair has no UTF-8 form.
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

    /// <summary>Writes a text that many items share, such as a bucket, as an index. The text itself is stored once.</summary>
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
