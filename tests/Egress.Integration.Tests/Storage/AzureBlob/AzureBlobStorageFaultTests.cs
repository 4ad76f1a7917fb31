using Azure.Storage.Blobs;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage.AzureBlob;

public class AzureBlobStorageFaultTests : StorageFaultContract
{
    private AzuriteServer _server = null!;
    private BlobContainerClient _container = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await AzuriteServer.GetAsync();
        _container = await _server.CreateContainerAsync(Stop);
        Bucket = _container.Name;
        Proxy = new HttpFaultProxy(_server.BlobPort);
    }

    protected override int ServerPort => _server.BlobPort;

    protected override StorageOptions OptionsVia(int port) =>
        new AzureBlobOptions { ConnectionString = _server.ConnectionStringVia(port, _server.QueuePort), ReadsWithSdk = ReadsWithSdk };

    /// <summary>Two with Egress's own reader: the SDK repeats the refused request, to interpret the response.</summary>
    protected override int RequestsOfRefusedObject => ReadsWithSdk ? 1 : 2;

    /// <summary>Whether the SDK's client sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    protected override async Task PutAsync(string key, byte[] content) =>
        await _container.GetBlobClient(key).UploadAsync(new BinaryData(content), overwrite: true, Stop);
}
