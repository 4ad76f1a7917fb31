using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Storage.AzureBlob;

public class AzureBlobStorageTests : ObjectStorageContract
{
    private AzuriteServer _server = null!;
    private BlobContainerClient _container = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await AzuriteServer.GetAsync();
        _container = await _server.CreateContainerAsync(Stop);
        Bucket = _container.Name;
        var options = new AzureBlobOptions { ConnectionString = _server.ConnectionString, ReadsWithSdk = ReadsWithSdk };
        Storage = options.Storage(AzureBlobClientFactory.Create(options), TimeProvider.System, pageSize: 1000);
    }

    /// <summary>Whether the SDK's client sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    protected override async Task PutAsync(string key, byte[] content) =>
        await _container.GetBlobClient(key).UploadAsync(new BinaryData(content), overwrite: true, Stop);

    private static BlobServiceClient Client(string connectionString) =>
        AzureBlobClientFactory.Create(new AzureBlobOptions { ConnectionString = connectionString });

    [Theory]
    [InlineData("0a1B2c3D", 0x0A1B2C3Du)]
    [InlineData("0x123456", null)]
    [InlineData("1234567", null)]
    public async Task The_crc_comes_from_the_metadata(string text, uint? expected)
    {
        var options = new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["crc32"] = text } };
        await _container.GetBlobClient("a.bin").UploadAsync(new BinaryData("x"u8.ToArray()), options, Stop);

        Assert.Equal(expected, (await Storage.LookUpAsync(At("a.bin"), Stop))!.Crc32);
        Assert.Equal(expected, Assert.Single(await ListAsync("a")).Crc32);
        await using var opened = await Storage.OpenAsync(At("a.bin"), ObjectRange.All, Stop);
        Assert.Equal(expected, opened!.Properties.Crc32);
    }

    [Fact]
    public async Task A_marker_of_a_folder_is_not_listed()
    {
        await PutAsync("folder/", []);
        await PutAsync("folder/a.txt", [1]);
        var options = new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["hdi_isfolder"] = "true" } };
        await _container.GetBlobClient("folder/sub").UploadAsync(new BinaryData(Array.Empty<byte>()), options, Stop);

        Assert.Equal(["folder/a.txt"], (await ListAsync("folder/")).Select(found => found.Location.Key));
    }

    [Fact]
    public async Task A_shared_access_signature_reads_objects()
    {
        await PutAsync("a b.bin", [1, 2, 3]);
        var options = new AzureBlobOptions { ConnectionString = SharedAccess(), ReadsWithSdk = ReadsWithSdk };
        await using var opened = await options.Storage(AzureBlobClientFactory.Create(options), TimeProvider.System)
            .OpenAsync(At("a b.bin"), new ObjectRange(1, 1), Stop);
        var content = new byte[1];
        Assert.Equal(1, await opened!.Content.ReadAsync(content, Stop));
        Assert.Equal((2L, 3L), (content[0], opened.Properties.Size));
    }

    /// <summary>Returns a connection string with a read-only shared access signature in place of the key.</summary>
    private string SharedAccess()
    {
        var signature = Client(_server.ConnectionString).GenerateAccountSasUri(
            AccountSasPermissions.Read, DateTimeOffset.UtcNow.AddHours(1), AccountSasResourceTypes.Object).Query[1..];
        var endpoint = _server.ConnectionString.Split(';').Single(static part => part.StartsWith("BlobEndpoint=", StringComparison.Ordinal));
        return $"{endpoint};SharedAccessSignature={signature}";
    }

    [Fact]
    public Task The_probe_reaches_the_server() => new AzureBlobProbe(Client(_server.ConnectionString)).CheckAsync(Stop).AsTask();

    [Fact]
    public Task A_wrong_key_is_denied()
    {
        var wrong = Convert.ToBase64String(new byte[64]);
        var client = Client(string.Join(';', _server.ConnectionString.Split(';').Select(
            part => part.StartsWith("AccountKey=", StringComparison.Ordinal) ? $"AccountKey={wrong}" : part)));
        return AssertFaultAsync(BackendFault.Denied, () => new AzureBlobProbe(client).CheckAsync(Stop).AsTask());
    }

    [Fact]
    public Task A_closed_port_is_unavailable()
    {
        var client = Client("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/a;");
        return AssertFaultAsync(BackendFault.Unavailable, () => new AzureBlobProbe(client).CheckAsync(Stop).AsTask());
    }
}
