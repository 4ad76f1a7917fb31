using Egress.Packing;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads.Manifests;

/// <summary>
/// Packs planned objects. A name that is a suffix of the key is stored as its length in UTF-16 units. A time is stored as the difference in seconds from the
/// time of the previous object, and read as UTC. A validator of hexadecimal digits is stored in half of its length.
/// </summary>
internal sealed class PlannedObjectForm : IPackedForm<PlannedObject>
{
    /// <summary>The only instance. The form has no state.</summary>
    public static readonly PlannedObjectForm Instance = new();

    private const int KeyText = 0;
    private const int NameText = 1;
    private const int ETagText = 2;

    [Flags]
    private enum Fields
    {
        None = 0,
        Location = 1,
        OwnName = 2,
        Deflate = 4,
        Crc32 = 8,
        StorageCrc32 = 16,
        Modified = 32,
        ETag = 64,
        HexETag = 128,
    }

    /// <inheritdoc/>
    public void Write(PackWriter writer, PlannedObject item)
    {
        var (location, entry) = (item.Location, item.Entry);
        var isStored = location != default;
        var hasOwnName = !isStored || !location.Key.EndsWith(entry.Name, StringComparison.Ordinal);
        var pattern = item.ETag is { } tag ? HexText.PatternOf(tag) : null;
        var has = (isStored ? Fields.Location : 0) | (hasOwnName ? Fields.OwnName : 0) | (entry.Method == ZipMethod.Deflate ? Fields.Deflate : 0)
            | (entry.Crc32 is null ? 0 : Fields.Crc32) | (entry.StorageCrc32 is null ? 0 : Fields.StorageCrc32)
            | (entry.Modified is null ? 0 : Fields.Modified)
            | (item.ETag is null ? 0 : pattern is null ? Fields.ETag : Fields.HexETag);
        writer.Byte((byte)has);
        if (isStored)
        {
            writer.Shared(location.Bucket);
            writer.Text(KeyText, location.Key);
        }

        if (hasOwnName)
        {
            writer.Text(NameText, entry.Name);
        }
        else
        {
            writer.Number(entry.Name.Length);
        }

        writer.Number(item.Size);
        WriteProperties(writer, entry);
        if (pattern is not null)
        {
            HexText.Write(writer, item.ETag!, pattern);
        }
        else if (item.ETag is not null)
        {
            writer.Text(ETagText, item.ETag);
        }
    }

    /// <inheritdoc/>
    public PlannedObject Read(ref PackReader reader)
    {
        var has = (Fields)reader.Byte();
        var location = has.HasFlag(Fields.Location) ? new ObjectLocation(reader.Shared(), reader.Text(KeyText)) : default;
        var name = has.HasFlag(Fields.OwnName) ? reader.Text(NameText) : location.Key[^(int)reader.Number()..];
        var size = reader.Number();
        var entry = new ZipEntry
        {
            Name = name,
            Method = has.HasFlag(Fields.Deflate) ? ZipMethod.Deflate : ZipMethod.Stored,
            Size = size,
            Crc32 = has.HasFlag(Fields.Crc32) ? reader.UInt32() : null,
            StorageCrc32 = has.HasFlag(Fields.StorageCrc32) ? reader.UInt32() : null,
            Modified = has.HasFlag(Fields.Modified) ? ReadTime(ref reader) : null,
        };
        var etag = has.HasFlag(Fields.HexETag) ? HexText.Read(ref reader) : has.HasFlag(Fields.ETag) ? reader.Text(ETagText) : null;
        return new PlannedObject(location, entry, size, etag)
        {
            Content = has.HasFlag(Fields.Location) ? default(ReadOnlyMemory<byte>?) : ReadOnlyMemory<byte>.Empty,
        };
    }

    private static void WriteProperties(PackWriter writer, ZipEntry entry)
    {
        if (entry.Crc32 is { } crc)
        {
            writer.UInt32(crc);
        }

        if (entry.StorageCrc32 is { } storageCrc)
        {
            writer.UInt32(storageCrc);
        }

        if (entry.Modified is { } modified)
        {
            WriteTime(writer, modified.UtcTicks);
        }
    }

    /// <summary>Writes a time difference as twice its whole seconds, plus one if a fraction follows. Most times have no fraction.</summary>
    private static void WriteTime(PackWriter writer, long ticks)
    {
        var (seconds, fraction) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        writer.Difference((seconds << 1) + (fraction > 0 ? 1 : 0));
        if (fraction > 0)
        {
            writer.Number(fraction);
        }
    }

    private static DateTimeOffset ReadTime(ref PackReader reader)
    {
        var coded = reader.Difference();
        var fraction = (coded & 1) == 0 ? 0 : reader.Number();
        return new DateTimeOffset(((coded >> 1) * TimeSpan.TicksPerSecond) + fraction, TimeSpan.Zero);
    }
}
