using System.Buffers.Binary;
using System.Text;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>
/// The packed form of an object: a byte that tells what there is, the bucket's index, then the fields, texts in UTF-8 behind their length. Numbers
/// have as many bytes as they need, seven bits in each. A name that is the key's end is a length.
/// </summary>
internal sealed class PlannedObjectPacker : IDisposable
{
    /// <summary>Nothing is replaced in silence: a key that is not Unicode would come back as another one.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;
    private readonly List<int> _starts = [];

    public PlannedObjectPacker() => _writer = new BinaryWriter(_bytes, Strict);

    [Flags]
    private enum Has
    {
        None = 0,
        Deflate = 1,
        Crc32 = 2,
        StoredCrc32 = 4,
        Modified = 8,
        ETag = 16,
        OwnName = 32,
    }

    /// <summary>Objects since the last page.</summary>
    public int Count => _starts.Count;

    /// <summary>Packs an object.</summary>
    /// <param name="planned">The object; its size and that of its entry are the same.</param>
    /// <param name="bucket">Which bucket it is in.</param>
    public void Add(PlannedObject planned, int bucket)
    {
        _starts.Add((int)_bytes.Position);
        var (key, entry) = (planned.Location.Key, planned.Entry);
        var hasOwnName = !key.EndsWith(entry.Name, StringComparison.Ordinal);
        _writer.Write((byte)(
            When(entry.Method == ZipMethod.Deflate, Has.Deflate) | When(entry.Crc32 is not null, Has.Crc32)
            | When(entry.StoredCrc32 is not null, Has.StoredCrc32) | When(entry.Modified is not null, Has.Modified)
            | When(planned.ETag is not null, Has.ETag) | When(hasOwnName, Has.OwnName)));
        _writer.Write7BitEncodedInt(bucket);
        _writer.Write(key);
        if (hasOwnName)
        {
            _writer.Write(entry.Name);
        }
        else
        {
            _writer.Write7BitEncodedInt(entry.Name.Length);
        }

        _writer.Write7BitEncodedInt64(planned.Size);
        AddKnown(planned, entry);
    }

    /// <summary>What was packed since the last page.</summary>
    public PackedObjects.Page TakePage()
    {
        var page = new PackedObjects.Page(_bytes.ToArray(), [.. _starts]);
        _bytes.SetLength(0);
        _starts.Clear();
        return page;
    }

    /// <summary>Gives an object back.</summary>
    /// <param name="packed">Its bytes, and whatever follows.</param>
    /// <param name="buckets">The buckets by index.</param>
    public static PlannedObject Unpack(ReadOnlySpan<byte> packed, List<string> buckets)
    {
        var reader = new Reader(packed);
        var has = (Has)reader.UInt8();
        var location = new ObjectLocation(buckets[(int)reader.Number()], reader.Text());
        var name = has.HasFlag(Has.OwnName) ? reader.Text() : location.Key[^(int)reader.Number()..];
        var size = reader.Number();
        var entry = new ZipEntry
        {
            Name = name,
            Method = has.HasFlag(Has.Deflate) ? ZipMethod.Deflate : ZipMethod.Stored,
            Size = size,
            Crc32 = has.HasFlag(Has.Crc32) ? reader.UInt32() : null,
            StoredCrc32 = has.HasFlag(Has.StoredCrc32) ? reader.UInt32() : null,
            Modified = has.HasFlag(Has.Modified) ? new DateTimeOffset(reader.Int64(), TimeSpan.Zero) : null,
        };
        return new PlannedObject(location, entry, size, has.HasFlag(Has.ETag) ? reader.Text() : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static Has When(bool condition, Has flag) => condition ? flag : Has.None;

    private void AddKnown(PlannedObject planned, ZipEntry entry)
    {
        if (entry.Crc32 is { } crc)
        {
            _writer.Write(crc);
        }

        if (entry.StoredCrc32 is { } storedCrc)
        {
            _writer.Write(storedCrc);
        }

        if (entry.Modified is { } modified)
        {
            _writer.Write(modified.UtcTicks);
        }

        if (planned.ETag is { } etag)
        {
            _writer.Write(etag);
        }
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

        public string Text() => Strict.GetString(Take((int)Number()));

        private ReadOnlySpan<byte> Take(int length)
        {
            var taken = _rest[..length];
            _rest = _rest[length..];
            return taken;
        }
    }
}
