using Egress.Storage;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage.S3;

public class S3StorageFaultTests : StorageFaultContract
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
        S3Setup.Options(_server) with { Endpoint = new Uri($"http://127.0.0.1:{port}"), ReadsWithSdk = ReadsWithSdk };

    /// <summary>Two with Egress's own reader: the SDK repeats the refused request, to interpret the response.</summary>
    protected override int RequestsOfRefusedObject => ReadsWithSdk ? 1 : 2;

    /// <summary>Whether the SDK sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    protected override Task PutAsync(string key, byte[] content) => _server.PutAsync(Bucket, key, content, Stop);
}
