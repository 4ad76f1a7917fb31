using System.Xml;
using Azure;
using Azure.Storage.Blobs;
using Egress.Storage.AzureBlob;
using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Storage.AzureBlob;

public class AzureBlobOddKeyTests : OddKeyContract
{
    private BlobContainerClient _container = null!;

    public override async ValueTask InitializeAsync()
    {
        var server = await AzuriteServer.GetAsync();
        var created = await server.CreateContainerAsync(Stop);
        _container = new BlobServiceClient(server.ConnectionString, new BlobClientOptions { TrimBlobNameSlashes = false }).GetBlobContainerClient(created.Name);
        Bucket = created.Name;
        var options = new AzureBlobOptions { ConnectionString = server.ConnectionString, ReadsWithSdk = ReadsWithSdk };
        Storage = options.Storage(AzureBlobClientFactory.Create(options), TimeProvider.System);
    }

    /// <summary>Whether the SDK's client sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    /// <summary>
    /// Whether a listing can contain a key. Azurite writes every character into its XML. Azure percent-encodes the characters that XML cannot
    /// contain.
    /// </summary>
    protected override bool CanBeListed(string key) => key.All(XmlConvert.IsXmlChar) || key.Any(char.IsSurrogate);

    protected override async Task<bool> TryPutAsync(string key, byte[] content)
    {
        if (key.Contains('\\'))
        {
            return false; // Azure replaces a backslash by a slash
        }

        try
        {
            await _container.GetBlobClient(key).UploadAsync(new BinaryData(content), overwrite: true, Stop);
            return true;
        }
        catch (RequestFailedException)
        {
            return false; // Azure refuses a character of the key
        }
    }
}
