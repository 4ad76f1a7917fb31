using Egress.Packing;

namespace Egress.Records.Json;

/// <summary>
/// Packs the items of a record into bytes. Most items have only a key. Times keep their UTC offset, so that a record can be written again unchanged.
/// </summary>
internal sealed class RecordItemForm : IPackedForm<RecordItem>
{
    /// <summary>The only instance. One is enough, because the form has no state.</summary>
    public static readonly RecordItemForm Instance = new();

    private const int PathText = 0;
    private const int NameText = 1;

    [Flags]
    private enum Fields
    {
        None = 0,
        Prefix = 1,
        Bucket = 2,
        Name = 4,
        Size = 8,
        Crc32 = 16,
        Modified = 32,
        Folder = 64,
    }

    /// <inheritdoc/>
    public void Write(PackWriter writer, RecordItem item)
    {
        var single = item as ObjectItem;
        var kind = item switch { PrefixItem => Fields.Prefix, FolderItem => Fields.Folder, _ => Fields.None };
        var has = kind | (item.Bucket is null ? 0 : Fields.Bucket) | (item.Name is null ? 0 : Fields.Name)
            | (single?.Size is null ? 0 : Fields.Size) | (single?.Crc32 is null ? 0 : Fields.Crc32) | (single?.Modified is null ? 0 : Fields.Modified);
        writer.Byte((byte)has);
        writer.Text(PathText, item switch { PrefixItem group => group.Prefix, FolderItem folder => folder.Path, _ => single!.Key });
        if (item.Bucket is { } bucket)
        {
            writer.Shared(bucket);
        }

        if (item.Name is { } name)
        {
            writer.Text(NameText, name);
        }

        if (single?.Size is { } size)
        {
            writer.Number(size);
        }

        if (single?.Crc32 is { } crc)
        {
            writer.UInt32(crc);
        }

        if (single?.Modified is { } modified)
        {
            writer.Int64(modified.Ticks);
            writer.Number(modified.TotalOffsetMinutes);
        }
    }

    /// <inheritdoc/>
    public RecordItem Read(ref PackReader reader)
    {
        var has = (Fields)reader.Byte();
        var path = reader.Text(PathText);
        var bucket = has.HasFlag(Fields.Bucket) ? reader.Shared() : null;
        var name = has.HasFlag(Fields.Name) ? reader.Text(NameText) : null;
        return has.HasFlag(Fields.Folder) ? new FolderItem(path) { Bucket = bucket, Name = name }
            : has.HasFlag(Fields.Prefix) ? new PrefixItem(path) { Bucket = bucket, Name = name }
            : new ObjectItem(path)
            {
                Bucket = bucket,
                Name = name,
                Size = has.HasFlag(Fields.Size) ? reader.Number() : null,
                Crc32 = has.HasFlag(Fields.Crc32) ? reader.UInt32() : null,
                Modified = has.HasFlag(Fields.Modified) ? new DateTimeOffset(reader.Int64(), TimeSpan.FromMinutes(reader.Number())) : null,
            };
    }
}
