using Egress.Storage.S3;

namespace Egress.Integration.Tests.Storage.S3;

public sealed class MemoryS3UploadTests : ObjectUploadAbortContract
{
    private readonly MemoryS3 _store = new();

    protected override bool KnowsHeaders => false;

    public override async ValueTask InitializeAsync()
    {
        await _store.StartAsync();
        Bucket = "bucket";
        var client = S3ClientFactory.Create(_store.Options);
        Uploads = new S3Uploads(client, TimeProvider.System);
        Storage = new S3Storage(client);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await base.DisposeAsync();
    }

    private protected override Task<int> CountUnfinishedAsync() => Task.FromResult(_store.Uploads.Count);
}
