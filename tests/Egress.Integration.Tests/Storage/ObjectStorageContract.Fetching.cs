using Egress.Downloads;
using Egress.Downloads.Fetching;
using Egress.Limits;
using Egress.Zip;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>The tests of how downloads read the objects of a storage.</summary>
public abstract partial class ObjectStorageContract
{
    [Theory]
    [InlineData(6 << 20, true)]
    [InlineData(6 << 20, false)]
    [InlineData(1 << 20, false)]
    public async Task A_large_object_is_split_by_its_version_even_if_only_its_size_was_declared(int size, bool isVersionPlanned)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        await PutAsync("large.bin", bytes);
        var version = (await Storage.LookUpAsync(At("large.bin"), Stop))!.ETag;
        var entry = new ZipEntry { Name = "large.bin", Method = ZipMethod.Stored, Size = size };
        var planned = new PlannedObject(At("large.bin"), entry, size, isVersionPlanned ? version : null);
        var counted = new CountingStorage(Storage);

        using var content = new MemoryStream();
        await using (var prefetcher = new ObjectPrefetcher(counted, [RangeStep.Whole(planned, 0)], new DownloadOptions(), new ProcessLimits(), TimeProvider.System, Stop))
        {
            Assert.True(prefetcher.TryNext(out var step));
            await step.Content.CopyToAsync(content, Stop);
        }

        Assert.Equal(bytes, content.ToArray());
        Assert.Equal(0, counted.LookUps);
        var ranges = counted.Opened.OrderBy(range => range.Offset).ToList();
        var isSplit = Storage.IsRemote && (isVersionPlanned || size > ObjectChunk.LargestUnsplit);
        Assert.Equal(isSplit, ranges.Count > 1);
        Assert.Equal(isVersionPlanned ? version : null, ranges[0].IfMatch);
        Assert.All(ranges.Skip(1), range => Assert.Equal(version, range.IfMatch));
    }
}
