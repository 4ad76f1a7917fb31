using Egress.Downloads.Manifests;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>
/// Tests which requests to the storage a range needs when the archive already has a manifest, and what a client gets when objects with its prefix
/// have changed since.
/// </summary>
public sealed class ManifestRangeTests : ManifestProcesses
{
    /// <summary>The size of an object in bytes that is larger than the objects that are always read as a whole.</summary>
    private const int Large = 100_000;

    /// <summary>
    /// A table of cases: the first byte, the last byte, and the expected reads of the storage (object, offset, and length, which is 0 for the whole
    /// object).
    /// </summary>
    public static TheoryData<long, long, (int Object, long Offset, long Length)[]> Ranges { get; } = new()
    {
        // A range within one object.
        { 10_000, 10_099, [(0, 10_000 - HeaderLength, 100)] },

        // A range at the start of the archive.
        { 0, 99, [(0, 0, 100 - HeaderLength)] },

        // A range from one object into the next. It contains the descriptor of the first object, which has the checksum of that object.
        { EntryLength - 200, EntryLength + 99, [(0, 0, 0), (1, 0, 100 - HeaderLength)] },

        // A range in the middle of the archive, over many objects.
        { (8_000L * EntryLength) + 50_000, (8_000L * EntryLength) + 50_999, [(8_000, 50_000 - HeaderLength, 1_000)] },
    };

    private static int HeaderLength => 30 + "00000.jpg".Length;

    private static int EntryLength => HeaderLength + Large + 16;

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task A_range_of_a_warm_manifest_makes_only_the_reads_that_it_needs(long from, long to, (int Object, long Offset, long Length)[] reads)
    {
        var content = new byte[Large];
        new Random(1).NextBytes(content);
        for (var i = 0; i < 10_000; i++)
        {
            Storage.Objects[$"p/{i:d5}.jpg"] = content;
        }

        var (first, second) = (Start(), Start());
        await first.SendAsync("HEAD");
        await first.Stored.WhenWritten;
        foreach (var process in new[] { first, second })
        {
            Clear();
            var answer = await process.SendAsync("GET", ("Range", $"bytes={from}-{to}"));
            Assert.Equal((206, to - from + 1), (answer.Status, answer.Body.LongLength));
            Assert.Empty(Storage.Listed);
            Assert.Empty(Storage.LookedUp);
            Assert.Equal(
                reads.Select(read => ($"p/{read.Object:d5}.jpg", read.Offset, read.Length)),
                Storage.Opened.Select(opened => (opened.Key, opened.Range.Offset, opened.Range.Length ?? 0)));
        }

        Assert.Equal((1, 0), (first.Counts.Requests(ManifestSource.Planned), second.Counts.Requests(ManifestSource.Planned)));
    }

    /// <summary>All reads begin before the storage has answered any of them, so that the first byte needs only one round trip.</summary>
    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task A_range_of_a_warm_manifest_waits_for_one_round_trip_of_the_storage(long from, long to, (int Object, long Offset, long Length)[] reads)
    {
        var content = new byte[Large];
        for (var i = 0; i < 10_000; i++)
        {
            Storage.Objects[$"p/{i:d5}.jpg"] = content;
        }

        var process = Start();
        await process.SendAsync("HEAD");
        Clear();
        var (begun, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Storage.BeforeOpen = async (_, token) =>
        {
            if (Interlocked.Increment(ref begun) == reads.Length)
            {
                all.SetResult();
            }

            await all.Task.WaitAsync(token);
        };

        // If a read waited for another one's response, it would never begin, and the request would not end.
        var answer = await process.SendAsync("GET", ("Range", $"bytes={from}-{to}")).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal((206, to - from + 1), (answer.Status, answer.Body.LongLength));
        Assert.Equal(reads.Length, begun);
        Assert.Empty(Storage.Listed);
        Assert.Empty(Storage.LookedUp);
    }

    [Theory]
    [InlineData("p/00004.jpg", 0, 4 * 1000)] // the range has the deleted object and the one before
    [InlineData("p/00000.jpg", 4 * 1000, 5 * 1000)] // the range is after the deleted object
    public async Task A_client_that_names_an_archive_gets_its_existing_objects_after_the_prefix_shrank(string gone, int from, int to)
    {
        Put(5, 1000);
        var (first, second) = (Start(), Start());
        var old = await first.SendAsync("GET");
        await first.Stored.WhenWritten;
        var content = Storage.Objects[gone];
        Storage.Objects.Remove(gone);

        // A range of objects that still exist continues the old archive, byte for byte.
        foreach (var process in new[] { first, second })
        {
            var part = await process.SendAsync("GET", ("If-Range", old.ETag), ("Range", $"bytes={from}-{to - 1}"));
            Assert.Equal((206, old.ETag), (part.Status, part.ETag));
            Assert.Equal(old.Body[from..to], part.Body);
        }

        // A range that begins in the deleted object gets the new archive.
        var at = old.Body.AsSpan().IndexOf(content);
        var fresh = await second.SendAsync("GET", ("If-Range", old.ETag), ("Range", $"bytes={at}-{at + 9}"));
        Assert.Equal((200, false), (fresh.Status, fresh.IsAborted));
        Assert.NotEqual(old.ETag, fresh.ETag);
        Assert.Equal(-1, fresh.Body.AsSpan().IndexOf(content));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(fresh.ETag, (await first.SendAsync("GET")).ETag);
    }

    [Fact]
    public async Task An_object_that_disappears_in_the_middle_breaks_the_download_visibly()
    {
        Put(20, Large);
        var process = Start();
        var old = await process.SendAsync("HEAD");
        Storage.BeforeOpen = (key, _) =>
        {
            if (key == "p/00010.jpg")
            {
                Storage.Objects.Remove("p/00019.jpg");
            }

            return Task.CompletedTask;
        };
        var broken = await process.SendAsync("GET", ("If-Match", old.ETag));
        Assert.Equal((200, old.ETag, true), (broken.Status, broken.ETag, broken.IsAborted));
        Assert.InRange(broken.Body.Length, 1, 19 * EntryLength);
        var next = await process.SendAsync("GET");
        Assert.Equal((200, false), (next.Status, next.IsAborted));
        Assert.NotEqual(old.ETag, next.ETag);
    }
}
