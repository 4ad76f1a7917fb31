using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Multipart uploads to Azure Blob Storage. Each part is a block, whose id consists of the id of the upload and the number of the part. Blocks are sent with
/// their MD5, which the service compares with the received bytes.
/// </summary>
/// <param name="client">The SDK's client.</param>
/// <param name="time">The clock.</param>
internal sealed class AzureBlobUploads(BlobServiceClient client, TimeProvider time) : IObjectUploads, ICopyingUploads
{
    /// <summary>The name of the metadata entry with the id of the upload that created a blob.</summary>
    private const string TokenName = "egress_upload";

    /// <summary>Name of a metadata entry. An empty blob that was written to remove the blocks of an upload has the id of that upload in it.</summary>
    private const string AbortedName = "egress_aborted";

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>The lifetime of the signature with which the service reads a blob that it copies.</summary>
    private static readonly TimeSpan CopyLifetime = TimeSpan.FromHours(1);

    /// <summary>
    /// The limits from "Scalability and performance targets for Blob storage". The limit for copies is that of "Put Block From URL" in the API versions that
    /// SDKs use.
    /// </summary>
    public UploadLimits Limits => new(1, 50_000) { LargestCopy = 100L << 20 };

    /// <summary>
    /// Checks the container and the permission to read the blob, and chooses an id. It sends nothing else, because in Azure an upload begins with its first
    /// block.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken)
    {
        RemoteKey.Check(destination);
        await FindAsync(destination, cancellationToken);
        return new ObjectUpload(destination, RandomNumberGenerator.GetHexString(16, lowercase: true));
    }

    /// <inheritdoc/>
    public async ValueTask<UploadedPart> PutPartAsync(
        ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var bytes = MemoryMarshal.TryGetArray(content, out var array) ? array : content.ToArray();
        using var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        var block = BlockId(upload, place.Number);
        var options = new BlockBlobStageBlockOptions
        {
            TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
        };
        await CallAsync($"upload part {place.Number} of", upload.Destination, () =>
            Blob(upload.Destination).StageBlockAsync(block, stream, options, cancellationToken), cancellationToken);
        return new UploadedPart(place.Number, "");
    }

    /// <inheritdoc/>
    public async ValueTask<UploadedPart?> CopyPartAsync(
        ObjectUpload upload, PartPlace place, CopiedRange source, CancellationToken cancellationToken)
    {
        var options = new StageBlockFromUriOptions
        {
            SourceRange = new HttpRange(source.Offset, source.Length),
            SourceConditions = new RequestConditions { IfMatch = new ETag(source.ETag) },
        };
        try
        {
            var uri = await SignAsync(source.Source, CopyLifetime, disposition: null, cancellationToken);
            await CallAsync($"copy '{source.Source.Key}' to part {place.Number} of", upload.Destination, () => Blob(upload.Destination)
                .StageBlockFromUriAsync(uri, BlockId(upload, place.Number), options, cancellationToken), cancellationToken);
            return new UploadedPart(place.Number, "");
        }
        catch (BackendException fault) when (fault.Fault is BackendFault.Denied or BackendFault.Malformed)
        {
            return null; // Egress then reads the object itself, which reports the fault
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = ObjectUploads.ContentType },
            Metadata = new Dictionary<string, string> { [TokenName] = upload.Id },
            Conditions = overwrites ? null : new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        try
        {
            await CallAsync("complete the upload of", upload.Destination, () => Blob(upload.Destination)
                .CommitBlockListAsync(parts.Select(part => BlockId(upload, part.Number)), options, cancellationToken), cancellationToken);
            return true;
        }
        catch (BackendException fault) when (!overwrites && SaysExists(fault))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken) =>
        await SignAsync(location, lifetime, ObjectUploads.Disposition(fileName), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken) =>
        await FindAsync(upload.Destination, cancellationToken) is { } found && Names(found, TokenName, upload);

    /// <summary>Does nothing. The id of an upload is stored before its first block is sent, so a lost upload has no blocks.</summary>
    /// <inheritdoc/>
    public ValueTask AbortLostAsync(
        ObjectLocation destination, DateTimeOffset since, string? except, Func<CancellationToken, ValueTask<bool>> mayAbort, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Removes the blocks by committing an empty list of blocks, and deletes the resulting empty blob. A commit drops the blocks of all uploads to the blob,
    /// and would replace the content of an existing blob. If there is another upload or an existing blob, the blocks are therefore not removed here. The commit
    /// of the other upload removes them, or the service does after a week.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken)
    {
        if (await FindAsync(upload.Destination, cancellationToken) is { } found)
        {
            // An earlier attempt to abort may have been interrupted before it deleted the empty blob.
            if (found.ContentLength == 0 && Names(found, AbortedName, upload))
            {
                await DeleteAsync(upload, found.ETag, cancellationToken);
            }

            return;
        }

        var options = new CommitBlockListOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            Metadata = new Dictionary<string, string> { [AbortedName] = upload.Id },
        };
        try
        {
            if (await HasOnlyBlocksOfAsync(upload, cancellationToken))
            {
                var written = await CallAsync(
                    "abort the upload of", upload.Destination, () => Blob(upload.Destination).CommitBlockListAsync([], options, cancellationToken), cancellationToken);
                await DeleteAsync(upload, written.Value.ETag, cancellationToken);
            }
        }
        catch (BackendException fault) when (SaysExists(fault))
        {
            // The blob exists now, because this or another upload to the same destination was completed meanwhile.
        }
    }

    /// <summary>
    /// Returns a signed URL of a blob. It is signed with the account key or, without one, with a user delegation key that the service issues to the identity.
    /// </summary>
    private async Task<Uri> SignAsync(ObjectLocation location, TimeSpan lifetime, string? disposition, CancellationToken cancellationToken)
    {
        var (blob, now) = (Blob(location), time.GetUtcNow());
        var signature = new BlobSasBuilder(BlobSasPermissions.Read, now + lifetime)
        {
            BlobContainerName = location.Bucket,
            BlobName = location.Key,
            ContentDisposition = disposition,
        };
        if (blob.CanGenerateSasUri)
        {
            return blob.GenerateSasUri(signature);
        }

        var key = await CallAsync("sign a link to", location, () => client.GetUserDelegationKeyAsync(now - ClockSkew, now + lifetime, cancellationToken), cancellationToken);
        return new BlobUriBuilder(blob.Uri) { Sas = signature.ToSasQueryParameters(key.Value, client.AccountName) }.ToUri();
    }

    /// <summary>Returns the id of a block. All ids in a blob must have the same length.</summary>
    private static string BlockId(ObjectUpload upload, int number) => Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Prefix(upload)}{number:D6}"));

    private static string Prefix(ObjectUpload upload) => $"{upload.Id}-";

    private static bool SaysExists(BackendException fault) =>
        fault.InnerException is RequestFailedException { Status: (int)HttpStatusCode.PreconditionFailed }
        or RequestFailedException { ErrorCode: "BlobAlreadyExists" };

    private static async Task<T> CallAsync<T>(string verb, ObjectLocation location, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (Exception exception)
            when (AzureBlobFaults.Translate(exception, $"{verb} '{location.Key}' in '{location.Bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private static bool Names(BlobProperties found, string name, ObjectUpload upload) =>
        found.Metadata.TryGetValue(name, out var id) && id == upload.Id;

    /// <returns>The properties of the blob; null if it does not exist.</returns>
    private async Task<BlobProperties?> FindAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync("head", location, async () =>
                (await Blob(location).GetPropertiesAsync(cancellationToken: cancellationToken)).Value, cancellationToken);
        }
        catch (BackendException fault) when (fault.InnerException is RequestFailedException answer && AzureBlobFaults.IsMissingObject(answer))
        {
            return null;
        }
    }

    /// <summary>Whether the blob has uncommitted blocks, and all of them belong to this upload.</summary>
    private async Task<bool> HasOnlyBlocksOfAsync(ObjectUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            var list = await CallAsync("list blocks of", upload.Destination, async () =>
                (await Blob(upload.Destination).GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken)).Value, cancellationToken);
            var own = Prefix(upload);
            return list.UncommittedBlocks.Any() && list.UncommittedBlocks.All(block => Encoding.ASCII.GetString(Convert.FromBase64String(block.Name)).StartsWith(own, StringComparison.Ordinal));
        }
        catch (BackendException fault) when (fault.InnerException is RequestFailedException answer && AzureBlobFaults.IsMissingObject(answer))
        {
            return false; // no block was staged
        }
    }

    private Task<Response<bool>> DeleteAsync(ObjectUpload upload, ETag version, CancellationToken cancellationToken) => CallAsync(
        "abort the upload of", upload.Destination, () => Blob(upload.Destination).DeleteIfExistsAsync(
            conditions: new BlobRequestConditions { IfMatch = version }, cancellationToken: cancellationToken), cancellationToken);

    private BlockBlobClient Blob(ObjectLocation location) => client.GetBlobContainerClient(location.Bucket).GetBlockBlobClient(location.Key);
}
