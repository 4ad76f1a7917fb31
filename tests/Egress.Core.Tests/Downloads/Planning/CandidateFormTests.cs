using Egress.Downloads.Planning;
using Egress.Packing;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class CandidateFormTests
{
    [Fact]
    public void Candidates_come_back_as_they_were()
    {
        var modified = new DateTimeOffset(2024, 5, 31, 12, 0, 0, 123, TimeSpan.Zero);
        Candidate[] candidates =
        [
            new(new ObjectLocation("bucket", "folder/a.txt"), "a.txt"),
            new(new ObjectLocation("", "a"), ""),
            new(new ObjectLocation("bucket", "a"), "b") { Size = 0, ContentType = "image/png" },
            new(new ObjectLocation("other", "\u65e5\u672c \ud83e\udd8a"), "\ud83e\udd8a") { Size = long.MaxValue, Crc32 = 0, StorageCrc32 = uint.MaxValue },
            new(new ObjectLocation("other", "a"), "longer than the key") { Modified = modified, ETag = "\"tag\"", ContentType = "image/png" },
            new(new ObjectLocation("other", "a"), "a") { Modified = DateTimeOffset.MaxValue, ETag = "", ContentType = "" },
        ];
        var builder = new PackedListBuilder<Candidate>(CandidateForm.Instance);
        Array.ForEach(candidates, candidate => builder.Add(candidate));
        Assert.Equal(candidates, builder.ToList());
    }
}
