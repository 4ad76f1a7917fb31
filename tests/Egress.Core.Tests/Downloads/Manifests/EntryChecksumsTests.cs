using Egress.Downloads.Manifests;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

public sealed class EntryChecksumsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(10_000)]
    public void Every_checksum_that_was_added_is_found_and_no_other(int count)
    {
        var checksums = new EntryChecksums(count);
        for (var i = 0; i < count; i += 3)
        {
            checksums.Add(i, (uint)i * 7); // the checksum of the first entry is 0
        }

        Assert.All(Enumerable.Range(0, count), i => Assert.Equal(i % 3 == 0 ? (uint)i * 7 : null, checksums.Find(i)));
        Assert.InRange(EntryChecksums.SizeInBytes(count), 4 * count, (4.2 * count) + 8);
    }

    [Fact]
    public void Many_threads_may_add_at_once()
    {
        const int count = 100_000;
        var checksums = new EntryChecksums(count);
        Parallel.For(0, 8, thread =>
        {
            for (var i = thread; i < count; i += 8)
            {
                checksums.Add(i, (uint)i + 1);
            }
        });
        Assert.All(Enumerable.Range(0, count), i => Assert.Equal((uint)i + 1, checksums.Find(i)));
    }
}
