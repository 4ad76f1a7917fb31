using Egress.Backends;
using Microsoft.Net.Http.Headers;

namespace Egress.Storage;

/// <summary>An upload that was begun. Any process can continue it.</summary>
/// <param name="Destination">The object that is created when the upload is completed.</param>
/// <param name="Id">Identifies the upload in the storage.</param>
internal sealed record ObjectUpload(ObjectLocation Destination, string Id);

/// <summary>The number of a part, and its offset in the object.</summary>
/// <param name="Number">Number of the part, from 1.</param>
/// <param name="Offset">Offset of its first byte in the object.</param>
internal readonly record struct PartPlace(int Number, long Offset);

/// <summary>A part that was uploaded.</summary>
/// <param name="Number">Number of the part, from 1.</param>
/// <param name="Tag">The tag that the storage requires when the upload is completed; empty if it requires none.</param>
internal readonly record struct UploadedPart(int Number, string Tag);

/// <summary>The limits that a storage has for the parts of an upload.</summary>
/// <param name="LeastPartSize">The smallest size of a part in bytes. The last part may be smaller.</param>
/// <param name="MostParts">The largest number of parts of an upload.</param>
internal readonly record struct UploadLimits(long LeastPartSize, int MostParts)
{
    /// <summary>The size of the largest part, in bytes, that the storage can copy from one of its objects; zero if it cannot copy.</summary>
    public long LargestCopy { get; init; }
}

/// <summary>
/// Writes objects in parts, in any order and from any process. An object can be read only after its upload is completed. An optional ability: a
/// storage that only reads does not register it.
/// </summary>
internal interface IObjectUploads
{
    /// <summary>The limits that the storage has for the parts of an upload.</summary>
    UploadLimits Limits { get; }

    /// <summary>Begins an upload.</summary>
    /// <exception cref="BackendException">The destination is refused, its bucket does not exist, or the storage failed.</exception>
    ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken);

    /// <summary>Uploads a part. A second upload of the same part replaces the first one.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="place">Number and offset of the part.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="BackendException">The storage refused or failed, or the bytes that it received were damaged.</exception>
    ValueTask<UploadedPart> PutPartAsync(ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Creates the object from its parts. Readers see the object only when it is complete.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="parts">All parts, in the order of their numbers.</param>
    /// <param name="overwrites">Whether an existing object is replaced.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False if an object exists and must not be replaced. The upload is kept in that case.</returns>
    /// <exception cref="BackendException">The storage refused or failed, or does not have the upload.</exception>
    ValueTask<bool> CompleteAsync(ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken);

    /// <summary>Creates a URL with which anybody can download an object directly from the storage.</summary>
    /// <param name="location">The object.</param>
    /// <param name="fileName">The name under which browsers save it.</param>
    /// <param name="lifetime">How long the URL is valid.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The URL; null if the storage cannot create such URLs, for example a local disk.</returns>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Whether the object at the destination was created by this upload. A local disk can only infer this.</summary>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken);

    /// <summary>Removes uploads to a destination whose ids were lost, because a process was killed before it stored them.</summary>
    /// <param name="destination">The destination. No other upload to it may be running.</param>
    /// <param name="since">Uploads that were begun before this time are not removed.</param>
    /// <param name="except">The id of an upload that is kept; null for none.</param>
    /// <param name="mayAbort">Asked when the uploads are known, before they are removed: what was true before may not be true any more.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask AbortLostAsync(ObjectLocation destination, DateTimeOffset since, string? except, Func<CancellationToken, ValueTask<bool>> mayAbort, CancellationToken cancellationToken);

    /// <summary>Removes an upload and its parts. Has no effect if the upload was already removed or completed.</summary>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken);
}

/// <summary>Values that the uploads of all storages share.</summary>
internal static class ObjectUploads
{
    /// <summary>The media type of all uploaded objects, which are archives.</summary>
    public const string ContentType = "application/zip";

    /// <summary>Returns the <c>Content-Disposition</c> with the file name of an export.</summary>
    public static string Disposition(string fileName)
    {
        var header = new ContentDispositionHeaderValue("attachment");
        header.SetHttpFileName(fileName);
        return header.ToString();
    }
}
