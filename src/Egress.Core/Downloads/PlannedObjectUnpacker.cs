using System.Buffers.Binary;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>What there is of a packed object beside bucket, key, name and size.</summary>
[Flags]
internal enum PackedFields
{
    None = 0,
    Deflate = 1,
    Crc32 = 2,
    StoredCrc32 = 4,
    Modified = 8,
    ETag = 16,

    /// <summary>The name is not the key's end.</summary>
    OwnName = 32,
}

/// <summary>Gives back what <see cref="PlannedObjectPacker"/> packed.</summary>
internal static class PlannedObjectUnpacker
{
    /// <param name="packed">Its bytes, and whatever follows.</param>
    /// <param name="buckets">The buckets by index.</param>
    public static PlannedObject Unpack(ReadOnlySpan<byte> packed, IReadOnlyList<string> buckets)
    {
        var reader = new Reader(packed);
        var has = (PackedFields)reader.UInt8();
        var location = new ObjectLocation(buckets[(int)reader.Number()], reader.Text());
        var name = has.HasFlag(PackedFields.OwnName) ? reader.Text() : location.Key[^(int)reader.Number()..];
        var size = reader.Number();
        var entry = new ZipEntry
        {
            Name = name,
            Method = has.HasFlag(PackedFields.Deflate) ? ZipMethod.Deflate : ZipMethod.Stored,
            Size = size,
            Crc32 = has.HasFlag(PackedFields.Crc32) ? reader.UInt32() : null,
            StoredCrc32 = has.HasFlag(PackedFields.StoredCrc32) ? reader.UInt32() : null,
            Modified = has.HasFlag(PackedFields.Modified) ? new DateTimeOffset(reader.Int64(), TimeSpan.Zero) : null,
        };
        return new PlannedObject(location, entry, size, has.HasFlag(PackedFields.ETag) ? reader.Text() : null);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public byte UInt8() => Take(1)[0];

        public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

        public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

        public long Number()
        {
            var number = 0L;
            for (var shift = 0; ; shift += 7)
            {
                var next = UInt8();
                number |= (next & 0x7FL) << shift;
                if (next < 0x80)
                {
                    return number;
                }
            }
        }

        public string Text() => PlannedObjectPacker.Strict.GetString(Take((int)Number()));

        private ReadOnlySpan<byte> Take(int length)
        {
            var taken = _rest[..length];
            _rest = _rest[length..];
            return taken;
        }
    }
}
