using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Packing;
using Egress.Storage;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

public sealed class PlannedObjectFormTests
{
    public static TheoryData<object> Objects { get; } =
    [
        Planned("a.txt", "a.txt"),
        Planned("folder/a.txt", "a.txt"),
        Planned("folder/a.txt", "other/name.txt"),
        Planned("a (1).txt", "1).txt") with { ETag = null },
        Planned("ünï/日本 🦊.txt", "日本 🦊.txt"),
        Planned(new string('k', 100_000), "a.txt") with { ETag = "W/\"" + new string('e', 300) + "\"" },
        Planned("", "a.txt", bucket: ""),
        Planned("a", "a", size: 0, method: ZipMethod.Deflate),
        Planned("a", "a", size: long.MaxValue, crc: uint.MaxValue),
        Planned("a", "a", size: 127, storedCrc: 0),
        Planned("a", "a", size: 128, crc: 0, storedCrc: 1, modified: DateTimeOffset.MinValue),
        Planned("a", "a", modified: new DateTimeOffset(2024, 5, 31, 12, 0, 0, 123, TimeSpan.FromHours(-9.5))),
        Planned("a", "a", modified: DateTimeOffset.MaxValue),
    ];

    [Theory]
    [MemberData(nameof(Objects))]
    public void An_object_is_returned_unchanged(object planned) =>
        AssertSame((PlannedObject)planned, Assert.Single(Pack((PlannedObject)planned)));

    private static PackedList<PlannedObject> Pack(PlannedObject planned)
    {
        var builder = new PackedListBuilder<PlannedObject>(PlannedObjectForm.Instance);
        builder.Add(planned);
        return builder.ToList();
    }

    private static PlannedObject Planned(
        string key, string name, string bucket = "bucket", long size = 5, ZipMethod method = ZipMethod.Stored,
        uint? crc = null, uint? storedCrc = null, DateTimeOffset? modified = null)
    {
        var entry = new ZipEntry { Name = name, Method = method, Size = size, Crc32 = crc, StorageCrc32 = storedCrc, Modified = modified };
        return new PlannedObject(new ObjectLocation(bucket, key), entry, size, "\"tag\"");
    }

    private static void AssertSame(PlannedObject expected, PlannedObject actual)
    {
        Assert.Equal((expected.Location, expected.Size, expected.ETag, expected.Content), (actual.Location, actual.Size, actual.ETag, actual.Content));
        var (wanted, entry) = (expected.Entry, actual.Entry);
        Assert.Equal(
            (wanted.Name, wanted.Method, wanted.Size, wanted.Crc32, wanted.StorageCrc32, wanted.Modified),
            (entry.Name, entry.Method, entry.Size, entry.Crc32, entry.StorageCrc32, entry.Modified));
    }
}
