using Egress.Backends;

namespace Egress.Storage;

/// <summary>
/// Uploads to a storage that can copy parts from its own objects. An optional ability; <see cref="UploadLimits.LargestCopy"/> is zero without it.
/// </summary>
internal interface ICopyingUploads
{
    /// <summary>Makes the storage copy a part from an object. A part that is uploaded again replaces the earlier one.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="place">Number and offset of the part.</param>
    /// <param name="source">The bytes to copy.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The part; null if the storage cannot copy these bytes or refuses to copy them. In that case no part was uploaded.</returns>
    /// <exception cref="BackendException">The object has changed (<see cref="BackendFault.Changed"/>), or the storage failed.</exception>
    ValueTask<UploadedPart?> CopyPartAsync(ObjectUpload upload, PartPlace place, CopiedRange source, CancellationToken cancellationToken);
}

/// <summary>Bytes of an object that the storage copies.</summary>
/// <param name="Source">The object.</param>
/// <param name="ETag">The validator that the object must still have.</param>
/// <param name="Offset">Offset of the first byte to copy.</param>
/// <param name="Length">Number of bytes to copy.</param>
internal readonly record struct CopiedRange(ObjectLocation Source, string ETag, long Offset, long Length);
