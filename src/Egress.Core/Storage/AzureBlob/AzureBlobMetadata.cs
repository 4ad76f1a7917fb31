using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs.Models;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Reads the properties of objects from the answers of Azure.</summary>
internal static class AzureBlobMetadata
{
    /// <summary>Name of the metadata entry with the CRC-32 of a blob's content, as 8 hex digits. Azure itself computes no CRC-32.</summary>
    public const string Crc32 = "crc32";

    /// <summary>Name of the metadata entry that Data Lake Storage sets on a blob that represents a folder.</summary>
    private const string Folder = "hdi_isfolder";

    private const string ArchiveTier = "Archive";

    /// <summary>The properties in an answer to HEAD.</summary>
    public static ObjectProperties OfHead(ObjectLocation location, BlobProperties answer) => new(location, answer.ContentLength)
    {
        ETag = Text(answer.ETag),
        Modified = answer.LastModified,
        ContentType = answer.ContentType,
        Crc32 = Crc32Of(answer.Metadata),
        Unavailable = UnavailableOf(answer.AccessTier, answer.ArchiveStatus, answer.EncryptionKeySha256),
    };

    /// <summary>The properties in an answer to GET.</summary>
    public static ObjectProperties OfGet(ObjectLocation location, BlobDownloadDetails answer) =>
        new(location, HttpRanges.WholeSize(answer.ContentRange, answer.ContentLength))
        {
            ETag = Text(answer.ETag),
            Modified = answer.LastModified,
            ContentType = answer.ContentType,
            Crc32 = Crc32Of(answer.Metadata),
        };

    /// <summary>The properties in the answer to a GET that was received without the SDK's client.</summary>
    /// <returns>Null if a header has an unexpected value. The request is then made with the SDK, which interprets the answer.</returns>
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

    /// <summary>The properties in a listing.</summary>
    /// <exception cref="BackendException">The answer has no size.</exception>
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

    /// <summary>Adds the quotes that the header has. A listing has the validator without quotes.</summary>
    private static string Text(ETag validator) => validator.ToString("H");
}
