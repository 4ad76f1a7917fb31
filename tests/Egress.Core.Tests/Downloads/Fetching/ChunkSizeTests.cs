using Egress.Downloads;
using Egress.Downloads.Fetching;
using Egress.Limits;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Fetching;

public sealed class ChunkSizeTests
{
    private const long Memory = 16 << 20;

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(64e3, 128)]
    [InlineData(1e6, 128)]
    [InlineData(6e6, 256)]
    [InlineData(20e6, 1024)]
    [InlineData(50e6, 2048)]
    [InlineData(125e6, 4096)]
    [InlineData(1e9, 8192)]
    public void A_chunk_is_what_the_client_takes_in_a_sixteenth_of_a_second(double pace, long expected)
    {
        var size = new ChunkSize(Memory, _time);
        Assert.Equal(ChunkSize.Initial, size.Bytes);
        Take(size, 128 << 20, pace);
        Assert.Equal(expected << 10, size.Bytes);
    }

    [Fact]
    public void Chunks_grow_with_the_bytes_that_the_client_took_without_being_slow()
    {
        var size = new ChunkSize(Memory, _time);
        foreach (var (taken, expected) in new (long, long)[] { (7, 512), (9, 1024), (16, 2048), (32, 4096), (64, 8192) })
        {
            Take(size, expected << 10, 1e9);
            Take(size, taken << 20, 1e9);
            Assert.InRange(size.Bytes, expected << 10, ChunkSize.Largest);
        }

        Take(size, 1 << 20, 1e6);
        Assert.Equal(ChunkSize.Smallest, size.Bytes);
        Take(size, 7 << 20, 1e9);
        Assert.InRange(size.Bytes, ChunkSize.Smallest, ChunkSize.Initial);
    }

    [Theory]
    [InlineData(1e9, 30, 80e6, 512)]
    [InlineData(200e6, 30, 80e6, 4096)]
    [InlineData(1e9, 0.3, 1e9, 8192)]
    [InlineData(1e9, 50, 1e9, 512)]
    [InlineData(1e6, 30, 80e6, 128)]
    public void Chunks_are_shorter_where_a_far_storage_could_not_feed_the_client_otherwise(
        double pace, double latencyMilliseconds, double storagePace, long expected)
    {
        var size = new ChunkSize(Memory, _time);
        var latency = TimeSpan.FromMilliseconds(latencyMilliseconds);
        Take(size, 256 << 20, pace, length => new FetchTime(latency, latency + TimeSpan.FromSeconds(length / storagePace)));
        Assert.Equal(expected << 10, size.Bytes);
    }

    [Fact]
    public void Waiting_for_the_storage_does_not_count_as_the_pace_of_the_client()
    {
        var size = new ChunkSize(Memory, _time);
        for (var i = 0; i < 100; i++)
        {
            var since = _time.GetTimestamp();
            _time.Advance(TimeSpan.FromSeconds(1));
            size.Waited(since);
            Take(size, 1 << 20, 1e9);
        }

        Assert.Equal(ChunkSize.Largest, size.Bytes);
    }

    [Theory]
    [InlineData(256e3, 4 << 20, true)]
    [InlineData(2e6, 4 << 20, true)]
    [InlineData(400e6, 512 << 20, false)]
    public async Task A_fast_client_needs_few_requests_and_a_slow_one_holds_little_memory(double pace, long length, bool isSlow)
    {
        var storage = new EndlessStorage(length);
        var limits = new ProcessLimits(Memory);
        var planned = new PlannedObject(
            new ObjectLocation("b", "k"), new ZipEntry { Name = "k", Method = ZipMethod.Stored, Size = length }, length, "\"v\"");
        await using var prefetcher = new ObjectPrefetcher(
            storage, [RangeStep.Whole(planned, 0)], new DownloadOptions(), limits, _time, TestContext.Current.CancellationToken);
        Assert.True(prefetcher.TryNext(out var next));
        var buffer = new byte[128 << 10];
        var total = 0L;
        while (await next.Content.ReadAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var read)
        {
            total += read;
            _time.Advance(TimeSpan.FromSeconds(read / pace));
            if (isSlow && total > 2 << 20)
            {
                // A slow client uses 384 KiB at most, so the rest of the budget is free.
                Assert.True(limits.Buffers.TryTake(Memory - (384 << 10)));
                limits.Buffers.Release(Memory - (384 << 10));
            }
        }

        Assert.Equal(length, total);
        Assert.True(isSlow || storage.Requests <= length / (4 << 20), $"{storage.Requests} requests");
    }

    private void Take(ChunkSize size, long bytes, double pace, Func<long, FetchTime>? fetch = null)
    {
        for (var taken = 0L; taken < bytes;)
        {
            var length = size.Bytes;
            _time.Advance(TimeSpan.FromSeconds(length / pace));
            size.Took(length, fetch?.Invoke(length) ?? default);
            taken += length;
        }
    }

    /// <summary>A storage with one object of zeros, which takes no memory.</summary>
    private sealed class EndlessStorage(long size) : IObjectStorage
    {
        public bool IsRemote => true;

        public int Requests { get; private set; }

        public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
        {
            Requests++;
            var properties = new ObjectProperties(location, size) { ETag = "\"v\"" };
            return new(new OpenedObject(properties, new Zeros(range.Length ?? size - range.Offset)));
        }

        public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
