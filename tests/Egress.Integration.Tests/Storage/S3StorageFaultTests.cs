using Egress.Storage;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage;

public sealed class S3StorageFaultTests : StorageFaultContract
{
    private S3Server _server = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await S3Server.GetAsync();
        Bucket = await _server.CreateBucketAsync(Stop);
        Proxy = new HttpFaultProxy(_server.Port, _server.Endpoint.Host);
    }

    protected override int ServerPort => _server.Port;

    protected override StorageOptions OptionsVia(int port) =>
        S3Setup.Options(_server) with { Endpoint = new Uri($"http://127.0.0.1:{port}") };

    protected override Task PutAsync(string key, byte[] content) => _server.PutAsync(Bucket, key, content, Stop);
}
