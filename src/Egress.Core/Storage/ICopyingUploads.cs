using Egress.Backends;

namespace Egress.Storage;

/// <summary>
/// Uploads whose parts the storage can copy from its own objects. An optional ability; <see cref="UploadLimits.LargestCopy"/> is zero without it.
/// </summary>
internal interface ICopyingUploads
{
    /// <summary>Has the storage copy a part from an object. A part that is uploaded again replaces the earlier one.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="place">Which part.</param>
    /// <param name="source">What is copied.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The part; null if the storage does not copy this, because it cannot or may not. Nothing was uploaded then that counts.</returns>
    /// <exception cref="BackendException">The object is another one (<see cref="BackendFault.Changed"/>), or the storage failed.</exception>
    ValueTask<UploadedPart?> CopyPartAsync(ObjectUpload upload, PartPlace place, CopiedRange source, CancellationToken cancellationToken);
}

/// <summary>Bytes of an object that the storage copies.</summary>
/// <param name="Source">The object.</param>
/// <param name="ETag">The validator that it must still have.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many bytes.</param>
internal readonly record struct CopiedRange(ObjectLocation Source, string ETag, long Offset, long Length);
