using System.Buffers.Binary;
using System.Text;

namespace Egress.Zip.Format;

/// <summary>Writes the fields of ZIP records one after the other (APPNOTE 4.4.1.1: little-endian).</summary>
internal ref struct LittleEndianWriter(Span<byte> buffer)
{
    private Span<byte> _rest = buffer;

    public void UInt8(byte value)
    {
        _rest[0] = value;
        _rest = _rest[1..];
    }

    public void UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_rest, (ushort)value);
        _rest = _rest[2..];
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_rest, value);
        _rest = _rest[4..];
    }

    public void UInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    public void Utf8(string text) => _rest = _rest[Encoding.UTF8.GetBytes(text, _rest)..];
}
