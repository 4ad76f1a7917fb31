using Egress.Storage.S3;

namespace Egress.Integration.Tests.Storage.S3;

public class S3OddKeyTests : OddKeyContract
{
    private readonly MemoryS3 _server = new();

    /// <summary>Whether the SDK sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    public override async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        Bucket = "bucket";
        var options = _server.Options with { ReadsWithSdk = ReadsWithSdk };
        Storage = options.Storage(S3ClientFactory.Create(options), TimeProvider.System);
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override Task<bool> TryPutAsync(string key, byte[] content)
    {
        _server.Put(key, content);
        return Task.FromResult(true);
    }
}
