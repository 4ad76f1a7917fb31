using Azure.Storage.Blobs;
using Egress.TestKit.Servers;

namespace Egress.EndToEnd.Tests.Matrix;

/// <summary>Stores the fixture objects in each kind of storage.</summary>
internal static class StorageSeeds
{
    /// <summary>Stores the objects in the bucket of the fixture records.</summary>
    /// <returns>The settings of a server that uses this storage.</returns>
    public static async Task<(string, string?)[]> StoreAsync(string kind, string folder, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case "local":
                var bucket = Directory.CreateDirectory($"{folder}/files/{FixtureRecord.Bucket}").FullName;
                foreach (var (key, content) in FixtureRecord.Files)
                {
                    await File.WriteAllBytesAsync(Path.Combine(bucket, key), content, cancellationToken);
                }

                return [("STORAGE_PATH", $"{folder}/files")];
            case "s3":
                return await FillS3Async(await S3Server.GetAsync(), cancellationToken);
            case "azure":
                return await FillAzureAsync(await AzuriteServer.GetAsync(), cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such storage.");
        }
    }

    /// <summary>Returns the settings of a server that uses an S3 server, or a proxy in front of it.</summary>
    public static (string, string?)[] S3(S3Server server, Uri? endpoint = null) =>
    [
        ("STORAGE_TYPE", "s3"),
        ("S3_ENDPOINT", (endpoint ?? server.Endpoint).ToString()),
        ("S3_ACCESS_KEY_ID", server.AccessKey),
        ("S3_SECRET_ACCESS_KEY", server.SecretKey),
    ];

    private static async Task<(string, string?)[]> FillS3Async(S3Server server, CancellationToken cancellationToken)
    {
        using var client = server.CreateClient();
        var buckets = await client.ListBucketsAsync(cancellationToken);
        if (buckets.Buckets?.Exists(bucket => bucket.BucketName == FixtureRecord.Bucket) != true)
        {
            await client.PutBucketAsync(FixtureRecord.Bucket, cancellationToken);
        }

        foreach (var (key, content) in FixtureRecord.Files)
        {
            await server.PutAsync(FixtureRecord.Bucket, key, content, cancellationToken);
        }

        return S3(server);
    }

    private static async Task<(string, string?)[]> FillAzureAsync(AzuriteServer server, CancellationToken cancellationToken)
    {
        var container = new BlobServiceClient(server.ConnectionString).GetBlobContainerClient(FixtureRecord.Bucket);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        foreach (var (key, content) in FixtureRecord.Files)
        {
            await container.GetBlobClient(key).UploadAsync(BinaryData.FromBytes(content), overwrite: true, cancellationToken);
        }

        return [("AZURE_STORAGE_CONNECTION_STRING", server.ConnectionString)];
    }
}
