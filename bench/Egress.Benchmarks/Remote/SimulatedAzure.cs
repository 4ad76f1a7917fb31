using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Egress.Benchmarks.Remote;

/// <summary>
/// Lets <see cref="SimulatedS3"/> respond to requests in the format of Azure Blob Storage. It has the differences from S3 that matter for reading: the
/// path begins with the account, and listings have another format.
/// </summary>
internal static class SimulatedAzure
{
    public const string Account = "account";

    /// <summary>The account key. The server does not check signatures.</summary>
    public static readonly string AccountKey = Convert.ToBase64String("simulated"u8);

    private const int PageSize = 5000;

    /// <summary>Returns the connection string for a simulated server.</summary>
    public static string ConnectionString(Uri endpoint) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};BlobEndpoint={endpoint}{Account}";

    public static bool IsRequest(HttpRequest request) => request.Headers.ContainsKey("x-ms-version");

    /// <summary>Returns the parts of the corresponding S3 path: an empty string, the container and the key.</summary>
    public static string[] PathOf(HttpRequest request) => ["", .. request.Path.Value!.Split('/', 4).Skip(2)];

    public static XElement List(SimulatedBucket bucket, IQueryCollection query, DateTimeOffset modified, string etag)
    {
        var keys = bucket.KeysAfter(query["prefix"].FirstOrDefault() ?? "", query["marker"].FirstOrDefault()).Take(PageSize + 1).ToList();
        var page = keys.Take(PageSize).ToList();
        return new XElement(
            "EnumerationResults",
            new XAttribute("ContainerName", bucket.Name),
            new XElement("Blobs", page.Select(key => new XElement(
                "Blob",
                new XElement("Name", key),
                new XElement(
                    "Properties",
                    new XElement("Last-Modified", modified.ToString("R", CultureInfo.InvariantCulture)),
                    new XElement("Etag", etag.Trim('"')),
                    new XElement("Content-Length", bucket.Size),
                    new XElement("Content-Type", "application/octet-stream"),
                    new XElement("BlobType", "BlockBlob"))))),
            new XElement("NextMarker", keys.Count > page.Count ? page[^1] : null));
    }
}
