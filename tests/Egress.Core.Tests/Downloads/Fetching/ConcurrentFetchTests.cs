using System.Globalization;
using Egress.Downloads;
using Egress.Downloads.Fetching;
using Egress.Limits;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Fetching;

public sealed class ConcurrentFetchTests
{
    private const int Objects = 200;

    /// <summary>After this number of waits for the storage, the prefetch window has its largest size.</summary>
    private const int Reads = 20;

    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, (64 << 10) + 1, 32)]
    [InlineData(null, 64 << 10, 128)]
    [InlineData(null, 100, 128)]
    [InlineData(150, 100, 150)]
    [InlineData(40, 100, 40)]
    [InlineData(7, 100, 7)]
    [InlineData(7, 100_000, 7)]
    [InlineData(1, 100, 1)]
    public async Task As_many_objects_are_fetched_at_a_time_as_allowed(int? allowed, int size, int expected)
    {
        var limits = new ProcessLimits();
        await using var download = new Download(limits, new DownloadOptions { MaxConcurrentFetches = allowed }, size);
        Assert.Equal(expected, await download.MostAtATimeAsync(_token));
        Assert.True(limits.ExtraFetches.TryTake(256 - Math.Max(0, allowed is null ? expected - 32 : 0)));
    }

    [Fact]
    public async Task The_memory_of_a_download_limits_its_fetches()
    {
        await using var download = new Download(new ProcessLimits(), new DownloadOptions { DownloadMemory = 1 << 20 }, 32 << 10);
        Assert.Equal(32, await download.MostAtATimeAsync(_token));
    }

    [Fact]
    public async Task All_downloads_share_what_small_objects_take_in_addition()
    {
        var limits = new ProcessLimits { ExtraFetches = new BufferBudget(10) };
        await using (var first = new Download(limits, new DownloadOptions(), 100))
        {
            await using var second = new Download(limits, new DownloadOptions(), 100);
            Assert.Equal(42, await first.MostAtATimeAsync(_token));

            // The first download has returned its shared slots after its last object.
            Assert.Equal(33, await second.MostAtATimeAsync(_token));
        }

        Assert.True(limits.ExtraFetches.TryTake(10));
    }

    /// <summary>A download whose reader waits for each object. The storage responds only while the reader waits.</summary>
    private sealed class Download : IAsyncDisposable
    {
        private readonly ScriptedStorage _storage = new();
        private readonly TaskCompletionSource[] _answers = [.. Enumerable.Range(0, Objects).Select(static _ => new TaskCompletionSource())];
        private readonly ObjectPrefetcher _prefetcher;

        public Download(ProcessLimits limits, DownloadOptions options, int size)
        {
            _storage.BeforeOpen = (key, _) => _answers[int.Parse(key, CultureInfo.InvariantCulture)].Task;
            var steps = Enumerable.Range(0, Objects).Select(i => i.ToString(CultureInfo.InvariantCulture)).Select(key =>
            {
                _storage.Objects[key] = new byte[size];
                var entry = new ZipEntry { Name = key, Method = ZipMethod.Stored, Size = size };
                return RangeStep.Whole(new PlannedObject(new ObjectLocation("b", key), entry, size, $"\"{key}\""), 0);
            }).ToList();
            _prefetcher = new ObjectPrefetcher(
                _storage, steps, options, limits, new FakeTimeProvider(), TestContext.Current.CancellationToken);
        }

        /// <summary>Reads objects, and returns the largest number of requests that waited for a response at the same time.</summary>
        public async Task<int> MostAtATimeAsync(CancellationToken cancellationToken)
        {
            var most = 0;
            for (var i = 0; i < Reads; i++)
            {
                Assert.True(_prefetcher.TryNext(out var next));
                var reading = next.Content.CopyToAsync(Stream.Null, cancellationToken);
                most = Math.Max(most, _storage.Opened.Count - i);
                _answers[i].SetResult();
                await reading;
            }

            return most;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var answer in _answers)
            {
                answer.TrySetResult();
            }

            await _prefetcher.DisposeAsync();
        }
    }
}
