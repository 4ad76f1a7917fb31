using Egress.Backends;
using Egress.Core.Tests.Storage.Local;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Limits;
using Egress.Records;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>A key that no storage can open is refused when the download is planned, even if its size is declared and it is therefore not looked up.</summary>
public sealed class DeclaredKeyTests : IDisposable
{
    private readonly LocalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The accounts do not exist, so the tests would fail if they sent requests.
    private IObjectStorage Create(string name) => name switch
    {
        "local" => _folder.Open(portable: false),
        "s3" => new S3Storage(S3ClientFactory.Create(new S3Options { AccessKeyId = "key", SecretAccessKey = "secret" })),
        "azure" => new AzureBlobStorage(AzureBlobClientFactory.Create(
            new AzureBlobOptions { ConnectionString = "AccountName=a;AccountKey=YQ==;BlobEndpoint=https://a.invalid/;" })),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    [Theory]
    [InlineData("local", "../x")]
    [InlineData("s3", "../x")]
    [InlineData("azure", "../x")]
    [InlineData("local", "a\0b")]
    [InlineData("azure", "a\\b")]
    public async Task A_key_is_refused_before_the_first_byte(string name, string key)
    {
        var storage = Create(name);
        var options = new DownloadOptions();
        var record = new DownloadRecord
        {
            Id = "1",
            Bucket = "bucket",
            Objects = [new ObjectItem("ok.jpg") { Size = 1 }, new ObjectItem(key) { Size = 1 }],
        };
        var lookup = new ObjectLookup(storage, options, new ProcessLimits().Workers);
        var stop = TestContext.Current.CancellationToken;

        var refusal = await Assert.ThrowsAsync<BackendException>(
            async () => await lookup.CompleteAsync(new RecordExpansion(record, storage, options), stop).ToListAsync(stop));
        Assert.Equal(BackendFault.Denied, refusal.Fault);
    }
}
