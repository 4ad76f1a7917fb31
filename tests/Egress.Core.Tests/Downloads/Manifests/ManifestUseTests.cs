using Egress.Backends;
using Egress.Downloads.Manifests;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>Tests with requests that share a manifest, in one process and in several. They count the requests to the storage.</summary>
public sealed class ManifestUseTests : ManifestProcesses
{
    [Fact]
    public async Task Parallel_ranges_of_10_000_objects_are_planned_once()
    {
        Put(10_000, 10);
        var process = Start();
        var (step, ranges) = (10_000, new List<Task<DownloadAnswer>>());
        for (var i = 0; i < 64; i++)
        {
            ranges.Add(process.SendAsync("GET", ("Range", $"bytes={i * step}-{((i + 1) * step) - 1}")));
        }

        var answers = await Task.WhenAll(ranges);
        Assert.All(answers, answer => Assert.Equal((206, step), (answer.Status, answer.Body.Length)));
        Assert.Equal(["p/"], Storage.Listed);
        Assert.Empty(Storage.LookedUp);
        Assert.Equal(1, process.Counts.Requests(ManifestSource.Planned));
        Assert.Equal((await process.SendAsync("GET")).Body[..(64 * step)], answers.SelectMany(static answer => answer.Body));
    }

    [Fact]
    public async Task A_warm_manifest_answers_without_the_storage_where_no_content_is_wanted()
    {
        Put(90, 100_000);
        var process = Start();
        var first = await process.SendAsync("HEAD");
        Assert.Equal(200, first.Status);
        Clear();
        Assert.Equal(first.ETag, (await process.SendAsync("HEAD")).ETag);
        Assert.Equal(304, (await process.SendAsync("GET", ("If-None-Match", first.ETag))).Status);
        Assert.Equal(412, (await process.SendAsync("GET", ("If-Match", "\"another\""))).Status);
        Assert.Equal(416, (await process.SendAsync("GET", ("Range", "bytes=99999999-"))).Status);
        var last = await process.SendAsync("GET", ("Range", "bytes=-1"));
        Assert.Equal((206, 1), (last.Status, last.Body.Length));
        AssertStorageWasNotUsed();
    }

    [Fact]
    public async Task Another_process_on_the_same_database_plans_nothing()
    {
        Put(90, 100);
        var first = Start();
        var whole = await first.SendAsync("GET");
        await first.Stored.WhenWritten;
        Clear();
        var second = Start();
        Assert.Equal((200, whole.ETag), (await second.SendAsync("HEAD") is var head ? (head.Status, head.ETag) : default));
        AssertStorageWasNotUsed();
        Assert.Equal(whole.Body, (await second.SendAsync("GET")).Body);
        Assert.Empty(Storage.Listed);
        Assert.Equal((0, 1, 1), (second.Counts.Requests(ManifestSource.Planned), second.Counts.Requests(ManifestSource.Store), second.Counts.Requests(ManifestSource.Memory)));
    }

    [Theory]
    [InlineData("If-Range")]
    [InlineData("If-Match")]
    public async Task A_client_that_names_an_archive_gets_it_after_the_prefix_grew_also_from_another_process(string condition)
    {
        Put(5, 1000);
        var (first, second) = (Start(), Start());
        var old = await first.SendAsync("GET");
        await first.Stored.WhenWritten;
        Storage.Objects["p/new.jpg"] = new byte[1000];
        Time.Advance(TimeSpan.FromSeconds(11));
        var grown = await first.SendAsync("GET");
        Assert.NotEqual(old.ETag, grown.ETag);
        foreach (var process in new[] { first, second })
        {
            var part = await process.SendAsync("GET", (condition, old.ETag), ("Range", "bytes=2000-"));
            Assert.Equal((206, old.ETag), (part.Status, part.ETag));
            Assert.Equal(old.Body[2000..], part.Body);
        }

        Assert.Equal(grown.ETag, (await second.SendAsync("GET")).ETag);
    }

    [Fact]
    public async Task A_fresh_request_sees_a_change_after_the_time_of_reuse_and_at_once_without_it()
    {
        Put(5, 1000);
        var (process, without) = (Start(), Start(("MANIFEST_REUSE", "0")));
        var old = (await process.SendAsync("HEAD")).ETag;
        Storage.Objects["p/new.jpg"] = new byte[1000];
        Assert.Equal(old, (await process.SendAsync("HEAD")).ETag);
        Assert.NotEqual(old, (await without.SendAsync("HEAD")).ETag);
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.NotEqual(old, (await process.SendAsync("HEAD")).ETag);
        await without.SendAsync("HEAD");
        Assert.Equal(2, without.Counts.Requests(ManifestSource.Planned));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_changed_object_drops_the_manifest_from_memory_and_store_and_the_request_gets_the_new_archive(bool storeKeepsIt)
    {
        Put(3, 1000);
        var (first, second) = (Start(), Start());
        var old = await first.SendAsync("GET");
        await first.Stored.WhenWritten;
        Change("p/00000.jpg");
        Store.FaultOfRemoval = storeKeepsIt ? new BackendException(Backend.Database, BackendFault.Unavailable, "no") : null;
        var answer = await second.SendAsync("GET", ("If-Range", old.ETag), ("Range", "bytes=10-"));
        Assert.Equal((200, old.Body.Length), (answer.Status, answer.Body.Length));
        Assert.NotEqual(old.ETag, answer.ETag);
        Assert.NotEqual(old.Body, answer.Body);
        await second.Stored.WhenWritten;
        Clear();
        Time.Advance(TimeSpan.FromSeconds(1));
        var third = Start();
        Assert.Equal((200, answer.ETag), (await third.SendAsync("GET", ("If-Range", old.ETag), ("Range", "bytes=10-")) is var last ? (last.Status, last.ETag) : default));
        Assert.Equal(storeKeepsIt ? 1 : 0, third.Counts.Requests(ManifestSource.Planned));
    }

    [Fact]
    public async Task An_object_that_changes_in_the_middle_breaks_the_download_visibly_and_the_next_request_gets_the_new_archive()
    {
        Put(20, 100_000);
        var process = Start();
        var old = await process.SendAsync("GET");
        Storage.BeforeOpen = (key, _) =>
        {
            if (key == "p/00010.jpg" && !Storage.ETags.ContainsKey("p/00019.jpg"))
            {
                Change("p/00019.jpg");
            }

            return Task.CompletedTask;
        };
        var broken = await process.SendAsync("GET", ("If-Match", old.ETag));
        Assert.True(broken.IsAborted);
        Assert.Equal(old.Body[..broken.Body.Length], broken.Body);
        var next = await process.SendAsync("GET");
        Assert.Equal((200, false), (next.Status, next.IsAborted));
        Assert.NotEqual(old.ETag, next.ETag);
        await process.Stored.WhenWritten;
        Assert.Equal(412, (await Start().SendAsync("HEAD", ("If-Match", old.ETag))).Status);
    }

    [Fact]
    public async Task A_store_that_fails_fails_no_download()
    {
        Put(5, 1000);
        Store.Fault = new BackendException(Backend.Database, BackendFault.Unavailable, "gone");
        var process = Start();
        var whole = await process.SendAsync("GET");
        Assert.Equal((200, false), (whole.Status, whole.IsAborted));
        var part = await process.SendAsync("GET", ("If-Range", whole.ETag), ("Range", "bytes=100-"));
        Assert.Equal((206, whole.Body.Length - 100), (part.Status, part.Body.Length));
        await process.Stored.WhenWritten;
        Assert.True(process.Counts.Failures > 0);
    }
}
