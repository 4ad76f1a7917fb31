using Egress.Downloads;
using Egress.Storage;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads;

public sealed class ObjectFeedTests
{
    private readonly ScriptedStorage _storage = new();
    private readonly BufferBudget _budget = new(64 << 20);
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Objects_come_whole_and_in_order()
    {
        var objects = Add(0, 1, 5000, 70_000, 0, (int)ObjectFeed.PartSize + 17, 3 * (int)ObjectFeed.PartSize, 12);
        await using (var feed = Feed(objects))
        {
            foreach (var planned in objects)
            {
                Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
            }

            Assert.Empty(await ReadAsync(feed));
        }

        Assert.Equal((0, 0L), (_storage.Open, _budget.Used));
    }

    [Fact]
    public async Task Large_objects_are_read_in_parts_of_the_planned_version()
    {
        var objects = Add((int)ObjectFeed.PartSize * 2 + 1);
        await using var feed = Feed(objects);
        await ReadAsync(feed);
        var etag = objects[0].ETag;
        Assert.Equal(
            [
                new ObjectRange(0, ObjectFeed.PartSize, etag),
                new ObjectRange(ObjectFeed.PartSize, ObjectFeed.PartSize, etag),
                new ObjectRange(ObjectFeed.PartSize * 2, 1, etag),
            ],
            _storage.Opened.Select(o => o.Range).OrderBy(r => r.Offset));
    }

    [Fact]
    public async Task Without_a_known_version_an_object_is_never_split()
    {
        var objects = Add((int)ObjectFeed.PartSize * 2).ConvertAll(o => o with { ETag = null });
        await using var feed = Feed(objects);
        Assert.Equal(_storage.Objects["0"], await ReadAsync(feed));
        Assert.Equal(default, Assert.Single(_storage.Opened).Range);
    }

    [Fact]
    public async Task Looks_ahead_as_far_as_allowed_while_the_first_object_is_read()
    {
        var opened = new SemaphoreSlim(0);
        _storage.BeforeOpen = (_, _) =>
        {
            opened.Release();
            return Task.CompletedTask;
        };
        await using var feed = Feed(Add([.. Enumerable.Repeat(100, 50)]), new DownloadOptions { MaxConcurrentFetches = 7 });
        await feed.PrepareAsync(_token);
        for (var i = 0; i < 7; i++)
        {
            await opened.WaitAsync(_token);
        }

        Assert.Equal(7, _storage.Opened.Count);
    }

    [Fact]
    public async Task What_the_budget_has_no_room_for_is_opened_in_its_turn()
    {
        var objects = Add(100_000, 100_000, 100_000);
        await using var feed = Feed(objects, new DownloadOptions { DownloadMemory = 150_000 });
        await feed.PrepareAsync(_token);
        Assert.Single(_storage.Opened);
        foreach (var planned in objects)
        {
            Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
        }
    }

    [Fact]
    public async Task With_no_memory_at_all_downloads_still_work()
    {
        var full = new BufferBudget(1);
        var objects = Add(100, (int)ObjectFeed.PartSize * 2);
        await using var feed = new ObjectFeed(_storage, objects.Select(ObjectSlice.Whole), new DownloadOptions(), full, _token);
        Assert.Equal(_storage.Objects["0"], await ReadAsync(feed));
        Assert.Equal(_storage.Objects["1"], await ReadAsync(feed));
        Assert.Equal(0, full.Used);
    }

    [Fact]
    public async Task A_failure_ahead_shows_only_in_its_turn()
    {
        _storage.BeforeOpen = (key, _) => key == "1"
            ? throw new BackendException(Backend.Storage, BackendFault.Denied, "no")
            : Task.CompletedTask;
        await using var feed = Feed(Add(10, 10));
        Assert.Equal(_storage.Objects["0"], await ReadAsync(feed));
        var failure = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(feed));
        Assert.Equal(BackendFault.Denied, failure.Fault);
    }

    [Fact]
    public async Task An_object_that_vanished_since_the_plan_has_changed()
    {
        var objects = Add(10);
        _storage.Objects.Clear();
        await using var feed = Feed(objects);
        var failure = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(feed));
        Assert.Equal(BackendFault.Changed, failure.Fault);
    }

    [Fact]
    public async Task Disposing_ends_what_is_still_being_fetched()
    {
        var cancelled = 0;
        _storage.BeforeOpen = async (key, cancellationToken) =>
        {
            if (key != "0")
            {
                await using var registration = cancellationToken.Register(() => Interlocked.Increment(ref cancelled));
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };
        var feed = Feed(Add(10, 10, 10, 10));
        await ReadAsync(feed);
        await feed.DisposeAsync();
        Assert.Equal((3, 0, 0L), (cancelled, _storage.Open, _budget.Used));
    }

    private List<PlannedObject> Add(params int[] sizes)
    {
        var random = new Random(4711);
        return sizes.Select((size, index) =>
        {
            var key = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var bytes = new byte[size];
            random.NextBytes(bytes);
            _storage.Objects[key] = bytes;
            return new PlannedObject(new ObjectLocation("b", key), new ZipEntry { Name = key, Method = ZipMethod.Stored, Size = size }, size, $"\"{key}\"");
        }).ToList();
    }

    private ObjectFeed Feed(List<PlannedObject> objects, DownloadOptions? options = null) =>
        new(_storage, objects.Select(ObjectSlice.Whole), options ?? new DownloadOptions(), _budget, _token);

    private async Task<byte[]> ReadAsync(ObjectFeed feed)
    {
        var whole = new MemoryStream();
        await new FeedStream(feed).CopyToAsync(whole, _token);
        return whole.ToArray();
    }
}
