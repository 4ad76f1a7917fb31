using System.Text;

namespace Egress.Setup;

/// <summary>The sample record and its objects.</summary>
internal static class Sample
{
    /// <summary>Id of the record.</summary>
    public const string Id = "sample";

    /// <summary>File name of the archive.</summary>
    public const string Name = "egress-sample";

    /// <summary>Name of the blob container with the objects, which the template creates.</summary>
    public const string Bucket = "objects";

    /// <summary>The value of the record's field <c>objects</c>.</summary>
    public const string Items = """["sample/hello.txt", {"prefix": "sample/tables/", "name": "tables"}]""";

    private const string StorageScope = "https://storage.azure.com/.default";

    private static readonly (string Key, string Text)[] Objects =
    [
        ("sample/hello.txt", "Hello from Egress\n"),
        ("sample/tables/cities.csv", "city,inhabitants\nLisbon,545796\n"),
    ];

    /// <summary>Uploads the objects.</summary>
    /// <param name="container">URL of the container.</param>
    /// <param name="rest">Sends the requests.</param>
    /// <param name="cancellationToken">Cancels the uploads.</param>
    public static async Task UploadAsync(Uri container, AzureRest rest, CancellationToken cancellationToken)
    {
        foreach (var (key, text) in Objects)
        {
            await rest.SendAsync(
                StorageScope,
                () => new HttpRequestMessage(HttpMethod.Put, new Uri($"{container.AbsoluteUri.TrimEnd('/')}/{key}"))
                {
                    // Put Blob: https://learn.microsoft.com/rest/api/storageservices/put-blob
                    Headers = { { "x-ms-version", "2025-05-05" }, { "x-ms-blob-type", "BlockBlob" } },
                    Content = new StringContent(text, Encoding.UTF8, "text/plain"),
                },
                cancellationToken);
        }

        Console.WriteLine($"  Uploaded {Objects.Length} sample objects.");
    }
}
