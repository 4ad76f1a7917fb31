using Egress.Backends;
using Microsoft.Net.Http.Headers;

namespace Egress.Storage;

/// <summary>An upload that was begun. Any process can continue with it.</summary>
/// <param name="Destination">The object that it becomes.</param>
/// <param name="Id">How the storage finds it again.</param>
internal sealed record ObjectUpload(ObjectLocation Destination, string Id);

/// <summary>Which part of an object.</summary>
/// <param name="Number">From 1, in the order of the object.</param>
/// <param name="Offset">Where in the object it begins.</param>
internal readonly record struct PartPlace(int Number, long Offset);

/// <summary>A part that the storage has.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Tag">What the storage wants back when the upload is completed; empty if nothing.</param>
internal readonly record struct UploadedPart(int Number, string Tag);

/// <summary>What a storage accepts as parts.</summary>
/// <param name="LeastPartSize">Least size of each part but the last.</param>
/// <param name="MostParts">Largest number of parts.</param>
internal readonly record struct UploadLimits(long LeastPartSize, int MostParts)
{
    /// <summary>Largest part that the storage can copy from one of its objects; zero if it does not copy.</summary>
    public long LargestCopy { get; init; }
}

/// <summary>
/// Writes objects in parts, in any order and from any process. Nothing of an object can be read before it is completed. An optional ability: a storage
/// that only reads does not register it.
/// </summary>
internal interface IObjectUploads
{
    /// <summary>What the storage accepts as parts.</summary>
    UploadLimits Limits { get; }

    /// <summary>Begins an upload.</summary>
    /// <exception cref="BackendException">The destination is refused, its bucket does not exist, or the storage failed.</exception>
    ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken);

    /// <summary>Uploads a part. A part that is uploaded again replaces the earlier one.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="place">Which part.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="BackendException">The storage refused or failed, or received other bytes than were sent.</exception>
    ValueTask<UploadedPart> PutPartAsync(ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Makes the object of its parts, which appears at once and whole.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="parts">All parts, in the order of their numbers.</param>
    /// <param name="overwrites">Whether an object that exists there is replaced.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when an object exists there and must not be replaced. The upload is still there then.</returns>
    /// <exception cref="BackendException">The storage refused or failed, or does not have the upload.</exception>
    ValueTask<bool> CompleteAsync(ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken);

    /// <summary>Makes a link by which anybody can download an object from the storage.</summary>
    /// <param name="location">The object.</param>
    /// <param name="fileName">The name under which browsers save it.</param>
    /// <param name="lifetime">How long the link works.</param>
    /// <param name="cancellationToken">Cancels the request for it.</param>
    /// <returns>The link; null where the storage has none: a disk.</returns>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Whether the object at the destination was made of this upload, as far as the storage can tell.</summary>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken);

    /// <summary>Removes uploads to a destination whose ids were lost, because a process was killed before it stored them.</summary>
    /// <param name="destination">The destination, which nothing else may be writing.</param>
    /// <param name="since">Uploads that were begun before are left alone.</param>
    /// <param name="except">The id of an upload that is kept; null for none.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask AbortLostAsync(ObjectLocation destination, DateTimeOffset since, string? except, CancellationToken cancellationToken);

    /// <summary>Removes an upload and its parts. No effect if it was removed or completed.</summary>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken);
}

/// <summary>What uploads of all storages have in common.</summary>
internal static class ObjectUploads
{
    /// <summary>Media type of every uploaded object: exports are archives.</summary>
    public const string ContentType = "application/zip";

    /// <summary>The <c>Content-Disposition</c> under which browsers save an export.</summary>
    public static string Disposition(string fileName)
    {
        var header = new ContentDispositionHeaderValue("attachment");
        header.SetHttpFileName(fileName);
        return header.ToString();
    }
}
