using Egress.Packing;
using Egress.Zip;

namespace Egress.Downloads.Planning;

/// <summary>Packs objects of a plan: what they were as candidates, and how they are written.</summary>
internal sealed class PlannedObjectForm : IPackedForm<PlannedObject>
{
    /// <summary>It has no state.</summary>
    public static readonly PlannedObjectForm Instance = new();

    /// <inheritdoc/>
    public void Write(PackWriter writer, PlannedObject item)
    {
        var entry = item.Entry;
        writer.Byte((byte)entry.Method!);
        CandidateForm.Instance.Write(writer, new Candidate(item.Location, entry.Name)
        {
            Size = item.Size,
            Crc32 = entry.Crc32,
            StorageCrc32 = entry.StorageCrc32,
            Modified = entry.Modified,
            ETag = item.ETag,
        });
    }

    /// <inheritdoc/>
    public PlannedObject Read(ref PackReader reader)
    {
        var method = (ZipMethod)reader.Byte();
        var item = CandidateForm.Instance.Read(ref reader);
        var entry = new ZipEntry
        {
            Name = item.WantedName,
            Method = method,
            Size = item.Size,
            Crc32 = item.Crc32,
            StorageCrc32 = item.StorageCrc32,
            Modified = item.Modified,
        };
        return new PlannedObject(item.Location, entry, item.Size!.Value, item.ETag);
    }
}
