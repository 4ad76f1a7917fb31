using Egress.Storage.Local;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Storage.Local;

public sealed class LocalStorageTests : ObjectStorageContract
{
    private readonly TempFolder _folder = new();

    public override ValueTask InitializeAsync()
    {
        Storage = new LocalStorage(new LocalRoot(_folder.Path));
        Bucket = "bucket";
        Directory.CreateDirectory(_folder[Bucket]);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override Task PutAsync(string key, byte[] content) => _folder.WriteAsync(Path.Join(Bucket, key), content);

    [Fact]
    public override async Task A_missing_bucket_is_a_configuration_fault()
    {
        // In the local storage, a bucket is a folder like any other.
        Bucket = "gone-bucket";
        Assert.Null(await ReadAsync("a.txt"));
        Assert.Null(await Storage.LookUpAsync(At("a.txt"), Stop));
        Assert.Empty(await ListAsync(""));
    }
}
