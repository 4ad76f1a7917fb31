using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs.Models;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Reads the properties of objects from the responses of Azure.</summary>
internal static class AzureBlobMetadata
{
    /// <summary>
    /// The name of the metadata entry in which the client that uploads a blob may store the CRC-32 of its content, as 8 hex digits. Azure itself computes no
    /// CRC-32.
    /// </summary>
    public const string Crc32 = "crc32";

    /// <summary>The name of the metadata entry that Data Lake Storage sets on a blob that represents a folder.</summary>
    private const string Folder = "hdi_isfolder";

    private const string ArchiveTier = "Archive";

    /// <summary>Returns the properties in the response to a HEAD.</summary>
    public static ObjectProperties OfHead(ObjectLocation location, BlobProperties answer) => new(location, answer.ContentLength)
    {
        ETag = Text(answer.ETag),
        Modified = answer.LastModified,
        ContentType = answer.ContentType,
        Crc32 = Crc32Of(answer.Metadata),
        Unavailable = UnavailableOf(answer.AccessTier, answer.ArchiveStatus, answer.EncryptionKeySha256),
    };

    /// <summary>Returns the properties in the response to a GET.</summary>
    public static ObjectProperties OfGet(ObjectLocation location, BlobDownloadDetails answer) =>
        new(location, HttpRanges.WholeSize(answer.ContentRange, answer.ContentLength))
        {
            ETag = Text(answer.ETag),
            Modified = answer.LastModified,
            ContentType = answer.ContentType,
            Crc32 = Crc32Of(answer.Metadata),
        };

    /// <summary>Returns the properties in the response to a GET that was sent without the SDK's client.</summary>
    /// <returns>
    /// The properties; null if a header has an unexpected value. The caller then repeats the request with the SDK, which interprets the response.
    /// </returns>
    public static ObjectProperties? OfGet(ObjectLocation location, ResponseHeaders headers)
    {
        if (!headers.TryGetValue("Content-Length", out var length)
            || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            || !headers.TryGetValue("ETag", out var validator)
            || !headers.TryGetValue("Last-Modified", out var modified)
            || !DateTimeOffset.TryParseExact(modified, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return null;
        }

        headers.TryGetValue("Content-Range", out var range);
        headers.TryGetValue("Content-Type", out var type);
        headers.TryGetValue("x-ms-meta-" + Crc32, out var crc32);
        return new ObjectProperties(location, HttpRanges.WholeSize(range, bytes))
        {
            ETag = validator,
            Modified = time,
            ContentType = type,
            Crc32 = Crc32Of(crc32),
        };
    }

    /// <summary>Returns the properties in an item of a listing.</summary>
    /// <exception cref="BackendException">The item has no size.</exception>
    public static ObjectProperties OfListed(ObjectLocation location, BlobItem item)
    {
        var properties = item.Properties;
        var size = properties.ContentLength ?? throw new BackendException(
            Backend.Storage, BackendFault.Malformed, $"Azure: the listing of '{location.Bucket}' gives no size for '{location.Key}'.");
        return new ObjectProperties(location, size)
        {
            ETag = properties.ETag is { } validator ? Text(validator) : null,
            Modified = properties.LastModified,
            ContentType = properties.ContentType,
            Crc32 = Crc32Of(item.Metadata),
            Unavailable = UnavailableOf(
                properties.AccessTier?.ToString(), properties.ArchiveStatus?.ToString(), properties.CustomerProvidedKeySha256),
        };
    }

    /// <summary>Whether a blob only represents a folder.</summary>
    public static bool IsFolder(BlobItem item, long size) =>
        PagedListing.IsFolderMarker(item.Name, size) || (size == 0 && item.Metadata?.ContainsKey(Folder) is true);

    private static UnavailableReason? UnavailableOf(string? tier, string? archiveStatus, string? keySha256) =>
        !string.IsNullOrEmpty(keySha256) ? UnavailableReason.KeyRequired
        : tier != ArchiveTier ? null
        : string.IsNullOrEmpty(archiveStatus) ? UnavailableReason.Archived
        : UnavailableReason.Restoring;

    private static uint? Crc32Of(IDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue(Crc32, out var text) ? Crc32Of(text) : null;

    private static uint? Crc32Of(string? text) =>
        text is { Length: 8 } && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Returns a validator in the format of the header, with quotes. Listings give it without quotes.</summary>
    private static string Text(ETag validator) => validator.ToString("H");
}
