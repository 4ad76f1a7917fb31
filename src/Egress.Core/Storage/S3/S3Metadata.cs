using System.Buffers.Binary;
using System.Collections.Frozen;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;

namespace Egress.Storage.S3;

/// <summary>Reads the properties of objects from the responses of S3.</summary>
internal static class S3Metadata
{
    /// <summary>
    /// The storage classes whose objects must be restored before they can be read. Objects of the classes <c>GLACIER_IR</c> and, at Google, <c>ARCHIVE</c> can
    /// be read directly.
    /// </summary>
    private static readonly FrozenSet<string> Archives = FrozenSet.Create(StringComparer.Ordinal, "GLACIER", "DEEP_ARCHIVE");

    /// <summary>Returns the properties in the response to a HEAD.</summary>
    /// <returns>The properties; null if the newest version is a delete marker.</returns>
    public static ObjectProperties? OfHead(ObjectLocation location, GetObjectMetadataResponse answer) =>
        string.Equals(answer.DeleteMarker, "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : new ObjectProperties(location, answer.ContentLength)
            {
                ETag = answer.ETag,
                Modified = AsUtc(answer.LastModified),
                ContentType = answer.Headers.ContentType,
                Crc32 = Crc32Of(answer),
                Unavailable = UnavailableOf(answer),
            };

    /// <summary>Returns the properties in the response to a GET.</summary>
    /// <param name="location">The object.</param>
    /// <param name="size">Size of the whole object.</param>
    /// <param name="answer">The response.</param>
    public static ObjectProperties OfGet(ObjectLocation location, long size, S3Answer answer) => new(location, size)
    {
        ETag = answer.ETag,
        Modified = answer.Modified,
        ContentType = answer.ContentType,
    };

    /// <summary>Returns the properties in an item of a listing.</summary>
    /// <exception cref="BackendException">The item has no size.</exception>
    public static ObjectProperties OfListed(ObjectLocation location, S3Object item)
    {
        var size = item.Size ?? throw new BackendException(
            Backend.Storage, BackendFault.Malformed, $"S3: the listing of '{location.Bucket}' gives no size for '{location.Key}'.");
        return new ObjectProperties(location, size)
        {
            ETag = Quoted(item.ETag),
            Modified = AsUtc(item.LastModified),
            Unavailable = UnavailableOf(
                item.StorageClass?.Value, item.RestoreStatus?.IsRestoreInProgress is true, item.RestoreStatus?.RestoreExpiryDate is not null),
        };
    }

    private static UnavailableReason? UnavailableOf(GetObjectMetadataResponse answer)
    {
        if (!string.IsNullOrEmpty(answer.ServerSideEncryptionCustomerMethod?.Value))
        {
            return UnavailableReason.KeyRequired;
        }

        // An object that intelligent tiering has archived keeps its storage class. The header x-amz-archive-status shows that it is archived.
        var storageClass = string.IsNullOrEmpty(answer.ArchiveStatus?.Value) ? answer.StorageClass?.Value : "GLACIER";
        return UnavailableOf(storageClass, answer.RestoreInProgress is true, answer.RestoreExpiration is not null);
    }

    private static UnavailableReason? UnavailableOf(string? storageClass, bool isRestoring, bool isRestored) =>
        isRestoring ? UnavailableReason.Restoring
        : storageClass is not null && Archives.Contains(storageClass) && !isRestored ? UnavailableReason.Archived
        : null;

    /// <summary>Returns a validator with quotes, as in the header. Not every store writes them in listings.</summary>
    private static string? Quoted(string? validator) =>
        string.IsNullOrEmpty(validator) || validator.EndsWith('"') ? validator : $"\"{validator}\"";

    private static DateTimeOffset? AsUtc(DateTime? time) => time?.ToUniversalTime();

    /// <summary>
    /// Returns the CRC-32 of the whole object; null if the response has none. A checksum of the type COMPOSITE is not used, because it is computed from the
    /// checksums of parts.
    /// </summary>
    private static uint? Crc32Of(GetObjectMetadataResponse answer)
    {
        var value = new byte[sizeof(uint)];
        return answer.ChecksumType == ChecksumType.FULL_OBJECT && answer.ChecksumCRC32 is { } text
            && Convert.TryFromBase64String(text, value, out var length) && length == value.Length
            ? BinaryPrimitives.ReadUInt32BigEndian(value)
            : null;
    }
}
