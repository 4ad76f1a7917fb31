using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.TestKit;

public sealed class AzuriteServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_blob_is_read_back()
    {
        AzuriteServer server = await AzuriteServer.GetAsync();
        BlobContainerClient container = await server.CreateContainerAsync(Token);

        await container.UploadBlobAsync("a/x.txt", BinaryData.FromString("hello"), Token);
        BlobDownloadResult result = await container.GetBlobClient("a/x.txt").DownloadContentAsync(Token);

        Assert.Equal("hello", result.Content.ToString());
    }

    [Fact]
    public async Task A_server_of_its_own_restarts_with_its_data()
    {
        await using AzuriteServer server = await AzuriteServer.StartAsync();
        BlobContainerClient container = await server.CreateContainerAsync(Token);
        await container.UploadBlobAsync("x", BinaryData.FromString("hello"), Token);

        await server.StopAsync();
        await server.StartAgainAsync();

        BlobDownloadResult result = await container.GetBlobClient("x").DownloadContentAsync(Token);
        Assert.Equal("hello", result.Content.ToString());
    }
}
