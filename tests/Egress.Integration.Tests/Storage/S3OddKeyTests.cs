using Egress.Storage.S3;

namespace Egress.Integration.Tests.Storage;

public sealed class S3OddKeyTests : OddKeyContract
{
    private readonly MemoryS3 _server = new();

    public override async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        Bucket = "bucket";
        Storage = new S3Storage(S3ClientFactory.Create(_server.Options));
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override Task<bool> TryPutAsync(string key, byte[] content)
    {
        _server.Put(key, content);
        return Task.FromResult(true);
    }
}
