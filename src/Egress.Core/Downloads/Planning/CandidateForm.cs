using Egress.Packing;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>Packs candidates. A name that is the key's end is kept as its length in UTF-16 units; times come back in UTC.</summary>
internal sealed class CandidateForm : IPackedForm<Candidate>
{
    /// <summary>It has no state.</summary>
    public static readonly CandidateForm Instance = new();

    private const int KeyText = 0;
    private const int NameText = 1;
    private const int ETagText = 2;

    [Flags]
    private enum Fields
    {
        None = 0,
        OwnName = 1,
        Size = 2,
        Crc32 = 4,
        StorageCrc32 = 8,
        Modified = 16,
        ETag = 32,
        ContentType = 64,
    }

    /// <inheritdoc/>
    public void Write(PackWriter writer, Candidate item)
    {
        var (location, name) = item;
        var hasOwnName = !location.Key.EndsWith(name, StringComparison.Ordinal);
        var has = (hasOwnName ? Fields.OwnName : 0) | (item.Size is null ? 0 : Fields.Size) | (item.Crc32 is null ? 0 : Fields.Crc32)
            | (item.StorageCrc32 is null ? 0 : Fields.StorageCrc32) | (item.Modified is null ? 0 : Fields.Modified)
            | (item.ETag is null ? 0 : Fields.ETag) | (item.ContentType is null ? 0 : Fields.ContentType);
        writer.Byte((byte)has);
        writer.Shared(location.Bucket);
        writer.Text(KeyText, location.Key);
        if (hasOwnName)
        {
            writer.Text(NameText, name);
        }
        else
        {
            writer.Number(name.Length);
        }

        WriteProperties(writer, item);
    }

    /// <inheritdoc/>
    public Candidate Read(ref PackReader reader)
    {
        var has = (Fields)reader.Byte();
        var location = new ObjectLocation(reader.Shared(), reader.Text(KeyText));
        return new Candidate(location, has.HasFlag(Fields.OwnName) ? reader.Text(NameText) : location.Key[^(int)reader.Number()..])
        {
            Size = has.HasFlag(Fields.Size) ? reader.Number() : null,
            Crc32 = has.HasFlag(Fields.Crc32) ? reader.UInt32() : null,
            StorageCrc32 = has.HasFlag(Fields.StorageCrc32) ? reader.UInt32() : null,
            Modified = has.HasFlag(Fields.Modified) ? new DateTimeOffset(reader.Int64(), TimeSpan.Zero) : null,
            ETag = has.HasFlag(Fields.ETag) ? reader.Text(ETagText) : null,
            ContentType = has.HasFlag(Fields.ContentType) ? reader.Shared() : null,
        };
    }

    private static void WriteProperties(PackWriter writer, in Candidate item)
    {
        if (item.Size is { } size)
        {
            writer.Number(size);
        }

        if (item.Crc32 is { } crc)
        {
            writer.UInt32(crc);
        }

        if (item.StorageCrc32 is { } storedCrc)
        {
            writer.UInt32(storedCrc);
        }

        if (item.Modified is { } modified)
        {
            writer.Int64(modified.UtcTicks);
        }

        if (item.ETag is { } etag)
        {
            writer.Text(ETagText, etag);
        }

        if (item.ContentType is { } contentType)
        {
            writer.Shared(contentType);
        }
    }
}
