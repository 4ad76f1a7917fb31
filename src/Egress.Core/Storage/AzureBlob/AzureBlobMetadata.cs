using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Reads the properties of objects from the answers of Azure.</summary>
internal static class AzureBlobMetadata
{
    /// <summary>Name in a blob's metadata of the CRC-32 of its content, as 8 hex digits: Azure computes none.</summary>
    public const string Crc32 = "crc32";

    /// <summary>Set by Data Lake Storage on the blob that stands for a folder.</summary>
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

    /// <summary>Whether a blob only stands for a folder.</summary>
    public static bool IsFolder(BlobItem item, long size) =>
        PagedListing.IsFolderMarker(item.Name, size) || (size == 0 && item.Metadata?.ContainsKey(Folder) is true);

    private static UnavailableReason? UnavailableOf(string? tier, string? archiveStatus, string? keySha256) =>
        !string.IsNullOrEmpty(keySha256) ? UnavailableReason.KeyRequired
        : tier != ArchiveTier ? null
        : string.IsNullOrEmpty(archiveStatus) ? UnavailableReason.Archived
        : UnavailableReason.Restoring;

    private static uint? Crc32Of(IDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue(Crc32, out var text) && text.Length == 8
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    /// <summary>As in the header: a listing has it without quotes.</summary>
    private static string Text(ETag validator) => validator.ToString("H");
}
