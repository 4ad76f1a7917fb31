using System.Buffers.Binary;

namespace Egress.Packing;

/// <summary>Reads the fields of packed items in the order in which <see cref="PackWriter"/> wrote them.</summary>
/// <param name="block">The bytes of a block of items.</param>
/// <param name="shared">The texts that items share.</param>
internal ref struct PackReader(ReadOnlySpan<byte> block, IReadOnlyList<string> shared)
{
    private const int LongestOnStack = 256;

    private readonly string[] _previous = new string[PackWriter.TextColumns];
    private ReadOnlySpan<byte> _rest = block;
    private long _previousNumber;

    public byte Byte() => Take(sizeof(byte))[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>Reads a number in LEB128.</summary>
    public long Number()
    {
        var number = 0L;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            number |= (next & 0x7FL) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }
    }

    /// <summary>Reads a number that was written as the difference from the number of the previous item.</summary>
    public long Difference()
    {
        var coded = (ulong)Number();
        return _previousNumber = unchecked(_previousNumber + ((long)(coded >> 1) ^ -(long)(coded & 1)));
    }

    /// <summary>Reads bytes that were written without their length.</summary>
    public ReadOnlySpan<byte> Bytes(int length) => Take(length);

    /// <summary>Reads a front-coded text. The texts of the same column in earlier items of the block must have been read.</summary>
    /// <param name="column">Index of the text within an item, from 0.</param>
    public string Text(int column)
    {
        var common = (int)Number();
        var bytes = Take((int)Number());
        var length = common + PackWriter.Strict.GetCharCount(bytes);
        var text = length <= LongestOnStack ? stackalloc char[LongestOnStack] : new char[length];
        _previous[column].AsSpan(0, common).CopyTo(text);
        PackWriter.Strict.GetChars(bytes, text[common..]);
        return _previous[column] = text[..length].ToString();
    }

    /// <summary>Reads a shared text.</summary>
    public string Shared() => shared[(int)Number()];

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
