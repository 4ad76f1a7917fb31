using Egress.Packing;
using Egress.Records;
using Egress.Records.Json;
using Xunit;

namespace Egress.Core.Tests.Records.Json;

public sealed class RecordItemFormTests
{
    public static TheoryData<RecordItem> Items { get; } =
    [
        new ObjectItem("a"),
        new ObjectItem("folder/\u65e5\u672c \ud83e\udd8a.txt") { Name = "other/name.txt", Bucket = "elsewhere" },
        new ObjectItem("a") { Size = 0, Crc32 = 0 },
        new ObjectItem("a") { Size = long.MaxValue, Crc32 = uint.MaxValue },
        new ObjectItem("a") { Modified = DateTimeOffset.MinValue },
        new ObjectItem("a") { Modified = DateTimeOffset.MaxValue },
        new ObjectItem("a") { Modified = new DateTimeOffset(2024, 5, 31, 12, 0, 0, 123, TimeSpan.FromHours(-9.5)) },
        new ObjectItem("a") { Name = "b", Bucket = "c", Size = 1, Crc32 = 2, Modified = DateTimeOffset.UnixEpoch },
        new PrefixItem(""),
        new PrefixItem("photos/") { Name = "folder", Bucket = "elsewhere" },
    ];

    [Theory]
    [MemberData(nameof(Items))]
    public void An_item_is_returned_unchanged(RecordItem item)
    {
        var builder = new PackedListBuilder<RecordItem>(RecordItemForm.Instance);
        builder.Add(item);
        var back = Assert.Single(builder.ToList());
        Assert.Equal(item, back);
        Assert.Equal((item as ObjectItem)?.Modified?.Offset, (back as ObjectItem)?.Modified?.Offset);
    }
}
