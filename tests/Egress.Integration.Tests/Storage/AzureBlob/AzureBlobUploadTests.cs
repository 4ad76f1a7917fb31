using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Egress.Storage.AzureBlob;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage.AzureBlob;

public sealed class AzureBlobUploadTests : ObjectUploadAbortContract
{
    private BlobContainerClient _container = null!;

    public override async ValueTask InitializeAsync()
    {
        var server = await AzuriteServer.GetAsync();
        _container = await server.CreateContainerAsync(Stop);
        Bucket = _container.Name;
        var client = AzureBlobClientFactory.Create(new AzureBlobOptions { ConnectionString = server.ConnectionString });
        Uploads = new AzureBlobUploads(client, TimeProvider.System);
        Storage = new AzureBlobStorage(client);
    }

    private protected override async Task<int> CountUnfinishedAsync()
    {
        var all = await _container.GetBlobsAsync(BlobTraits.None, BlobStates.Uncommitted, null, Stop).CountAsync(Stop);
        return all - await _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, null, Stop).CountAsync(Stop);
    }
}
