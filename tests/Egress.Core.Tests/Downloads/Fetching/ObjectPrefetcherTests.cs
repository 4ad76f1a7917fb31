using System.Runtime.InteropServices;
using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Fetching;
using Egress.Limits;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Fetching;

public sealed class ObjectPrefetcherTests
{
    private const int Large = (int)ObjectChunk.LargestUnsplit;

    private const int Budget = 64 << 20;

    private readonly ScriptedStorage _storage = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ProcessLimits _limits = new(Budget);
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Objects_come_whole_and_in_order()
    {
        var objects = Add(0, 1, 5000, 70_000, 0, Large + 17, 3 * Large, 12);
        await using (var feed = Feed(objects))
        {
            foreach (var planned in objects)
            {
                Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
            }

            Assert.Empty(await ReadAsync(feed));
        }

        Assert.Equal((0, true), (_storage.Open, _limits.Buffers.TryTake(Budget)));
    }

    [Fact]
    public async Task Large_objects_are_read_in_chunks_of_the_planned_version()
    {
        var objects = Add((Large * 5) + 1);
        await using var feed = Feed(objects);
        await ReadAsync(feed);
        var ranges = _storage.Opened.Select(o => o.Range).OrderBy(r => r.Offset).ToList();
        Assert.InRange(ranges.Count, 6, 21);
        Assert.All(ranges, range => Assert.Equal(objects[0].ETag, range.IfMatch));
        Assert.All(ranges, range => Assert.InRange(range.Length!.Value, 1, Large));
        Assert.Equal(ranges.Select(r => r.Offset + r.Length!.Value).SkipLast(1).Prepend(0), ranges.Select(r => r.Offset));
    }

    [Fact]
    public async Task Without_a_known_version_an_object_that_is_prefetched_whole_is_not_split()
    {
        var objects = Add(Large).ConvertAll(o => o with { ETag = null });
        await using var feed = Feed(objects);
        Assert.Equal(_storage.Objects["0"], await ReadAsync(feed));
        Assert.Equal(default, Assert.Single(_storage.Opened).Range);
    }

    [Fact]
    public async Task A_large_object_without_a_known_version_is_split_by_the_version_that_its_first_chunk_has()
    {
        var objects = Add(100, Large * 3, 100).ConvertAll(o => o with { ETag = null });
        await using var feed = Feed(objects);
        foreach (var planned in objects)
        {
            Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
        }

        var ranges = _storage.Opened.Where(o => o.Key == "1").Select(o => o.Range).OrderBy(r => r.Offset).ToList();
        Assert.InRange(ranges.Count, 4, 12);
        Assert.Null(ranges[0].IfMatch);
        Assert.All(ranges.Skip(1), range => Assert.Equal("\"1\"", range.IfMatch));
        Assert.Empty(_storage.LookedUp);
    }

    [Fact]
    public async Task The_version_of_a_large_object_is_found_while_objects_before_it_are_read()
    {
        var objects = Add(100, Large * 3).ConvertAll(o => o with { ETag = null });
        await using var feed = Feed(objects);
        Assert.True(feed.TryNext(out var first));
        await feed.PrepareAsync(_token);
        Assert.Equal(["0", "1"], _storage.Opened.Select(o => o.Key));
        await first.Content.CopyToAsync(Stream.Null, _token);
        Assert.Equal(_storage.Objects["1"], await ReadAsync(feed));
    }

    [Fact]
    public async Task An_object_that_is_replaced_after_its_first_chunk_counts_as_changed()
    {
        var objects = Add(Large * 3).ConvertAll(o => o with { ETag = null });
        _storage.BeforeOpen = (key, _) =>
        {
            _storage.ETags[key] = _storage.Opened.Count == 1 ? "\"first\"" : "\"second\"";
            return Task.CompletedTask;
        };
        await using var feed = Feed(objects);
        var failure = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(feed));
        Assert.Equal(BackendFault.Changed, failure.Fault);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("W/\"weak\"", true)]
    [InlineData(null, false)]
    [InlineData("W/\"weak\"", false)]
    public async Task A_large_object_is_read_with_one_request_if_the_storage_returns_no_strong_validator(string? told, bool hasMemory)
    {
        var size = (int)ObjectPrefetcher.LongestStreamed + 1;
        var objects = Add(size, size, 10).ConvertAll(o => o with { ETag = null });
        _storage.ETags["0"] = _storage.ETags["1"] = told;
        await using (var feed = new ObjectPrefetcher(
            _storage, objects.Select(RangeStep.Whole), new DownloadOptions(), new ProcessLimits(hasMemory ? Budget : 1), _time, _token))
        {
            foreach (var planned in objects)
            {
                Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
            }
        }

        var ranges = _storage.Opened.Select(o => (o.Key, o.Range)).ToList();
        Assert.Equal([("0", 0), ("0", 0), ("1", 0), ("2", 0)], ranges.Select(o => (o.Key, o.Range.Offset)));
        Assert.NotNull(ranges[0].Range.Length);
        Assert.All(ranges.Skip(1), o => Assert.Equal(default, o.Range));
        Assert.Equal(0, _storage.Open);
    }

    [Fact]
    public async Task A_reader_with_memory_for_everything_gets_small_objects_at_once_and_a_large_one_with_one_request()
    {
        var objects = Add([.. Enumerable.Repeat(1 << 20, 4), 12 << 20]);
        await using var feed = new ObjectPrefetcher(
            _storage, objects.Select(RangeStep.Whole), new DownloadOptions(), new ProcessLimits(), _time, _token, FetchMode.Bulk);
        Assert.True(feed.TryNext(out var first));
        await feed.PrepareAsync(_token);
        Assert.Equal(["0", "1", "2"], _storage.Opened.Select(static o => o.Key).Order());
        await first.Content.CopyToAsync(Stream.Null, _token);
        foreach (var planned in objects.Skip(1))
        {
            Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
        }

        Assert.Single(_storage.Opened, static o => o.Key == "4");
    }

    [Fact]
    public async Task A_reader_that_is_slower_than_the_storage_has_one_chunk_prefetched()
    {
        // The storage responds at once, so everything requested has arrived before the reader returns.
        var objects = Add([.. Enumerable.Repeat(256 << 10, 20)]);
        await using var feed = Feed(objects);
        foreach (var planned in objects.Take(10))
        {
            Assert.Equal(_storage.Objects[planned.Location.Key], await ReadAsync(feed));
        }

        Assert.InRange(_storage.Opened.Count, 10, 11);
        Assert.True(_limits.Buffers.TryTake(Budget - (512 << 10)));
    }

    [Fact]
    public async Task An_object_without_room_in_the_budget_is_opened_on_demand()
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
        var full = new ProcessLimits(1);
        var objects = Add(100, Large * 2);
        await using var feed = new ObjectPrefetcher(_storage, objects.Select(RangeStep.Whole), new DownloadOptions(), full, _time, _token);
        Assert.Equal(_storage.Objects["0"], await ReadAsync(feed));
        Assert.Equal(_storage.Objects["1"], await ReadAsync(feed));
        Assert.True(full.Buffers.TryTake(1));
    }

    [Fact]
    public async Task Without_memory_a_large_object_is_read_in_few_long_chunks_until_there_is_memory()
    {
        var full = new ProcessLimits(Large * 4);
        Assert.True(full.Buffers.TryTake(Large * 4));
        var objects = Add((int)ObjectPrefetcher.LongestStreamed * 2, Large * 2);
        await using var feed = new ObjectPrefetcher(_storage, objects.Select(RangeStep.Whole), new DownloadOptions(), full, _time, _token);
        await feed.PrepareAsync(_token);
        full.Buffers.Release(Large * 4);
        Assert.Equal(_storage.Objects["0"], await ReadAsync(feed));
        Assert.Equal(_storage.Objects["1"], await ReadAsync(feed));
        var lengths = _storage.Opened.OrderBy(o => o.Key, StringComparer.Ordinal).ThenBy(o => o.Range.Offset).Select(o => o.Range.Length!.Value).ToList();
        Assert.Equal(ObjectPrefetcher.LongestStreamed, lengths[0]);
        Assert.All(lengths.Skip(1), length => Assert.InRange(length, 1, Large));
    }

    [Theory]
    [InlineData(700, 1000, 4 << 10)]
    [InlineData(60_000, 1000, 64 << 10)]
    [InlineData(Large, 1000, Large + (Large / 5))]
    [InlineData(Large, 16 << 10, Large)]
    public async Task The_memory_held_is_about_the_amount_that_the_budget_counts_even_for_small_reads(int size, int atATime, long most)
    {
        var rented = new HashSet<byte[]>();
        var objects = Add(size);
        _storage.Around = content => new TrickleStream(content, atATime, rented);
        var (content, _, fetch) = new ObjectChunk(objects[0], 0, size, true).Buffer(_storage, new ProcessLimits().Chunks, _token);
        await fetch;
        Assert.InRange(rented.Sum(array => (long)array.Length), size, most);
        var whole = new MemoryStream();
        await content.CopyToAsync(whole, _token);
        Assert.Equal(_storage.Objects["0"], whole.ToArray());
    }

    [Theory]
    [InlineData(700)]
    [InlineData(60_000)]
    [InlineData(Large)]
    public async Task The_memory_of_a_chunk_that_was_read_is_used_for_the_next_one(int size)
    {
        var rented = new HashSet<byte[]>();
        var objects = Add(size, size);
        _storage.Around = content => new TrickleStream(content, size, rented);
        var limits = new ProcessLimits();
        var buffers = new List<int>();
        foreach (var planned in objects)
        {
            var (content, _, fetch) = new ObjectChunk(planned, 0, size, true).Buffer(_storage, limits.Chunks, _token);
            await fetch;
            await content.CopyToAsync(Stream.Null, _token);
            await content.DisposeAsync();
            buffers.Add(rented.Count);
        }

        Assert.Equal(buffers[0], buffers[1]);
    }

    [Fact]
    public async Task A_failed_prefetch_is_thrown_when_its_object_is_due()
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
    public async Task An_object_that_was_deleted_since_the_plan_counts_as_changed()
    {
        var objects = Add(10);
        _storage.Objects.Clear();
        await using var feed = Feed(objects);
        var failure = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(feed));
        Assert.Equal(BackendFault.Changed, failure.Fault);
    }

    [Fact]
    public async Task Disposing_ends_fetches_that_still_run()
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
        Assert.Equal((3, 0, true), (cancelled, _storage.Open, _limits.Buffers.TryTake(Budget)));
    }

    /// <summary>A stream that returns few bytes per read and records the buffers into which it reads.</summary>
    private sealed class TrickleStream(Stream inner, int atATime, HashSet<byte[]> rented) : SourceStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Assert.True(MemoryMarshal.TryGetArray<byte>(buffer, out var segment));
            rented.Add(segment.Array!);
            return inner.ReadAsync(buffer[..Math.Min(buffer.Length, atATime)], cancellationToken);
        }
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

    private ObjectPrefetcher Feed(List<PlannedObject> objects, DownloadOptions? options = null) =>
        new(_storage, objects.Select(RangeStep.Whole), options ?? new DownloadOptions(), _limits, _time, _token);

    private async Task<byte[]> ReadAsync(ObjectPrefetcher feed)
    {
        var whole = new MemoryStream();
        if (feed.TryNext(out var next))
        {
            await next.Content.CopyToAsync(whole, _token);
        }

        return whole.ToArray();
    }
}
