using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Multipart uploads to S3. The signature of a part covers its SHA-256, which the store compares with the received bytes.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="time">The clock.</param>
internal sealed class S3Uploads(IAmazonS3 client, TimeProvider time) : IObjectUploads, ICopyingUploads
{
    /// <summary>The name of the metadata header with the token of the upload that created an object.</summary>
    private const string TokenName = "x-amz-meta-egress-upload";

    /// <summary>The limits from "Amazon S3 multipart upload limits" in the user guide of S3.</summary>
    public UploadLimits Limits => new(5 << 20, 10_000) { LargestCopy = 5L << 30 };

    /// <summary>Begins a multipart upload. Its id consists of a token, which is also stored in the metadata of the object, and the upload id of S3.</summary>
    /// <inheritdoc/>
    public async ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken)
    {
        RemoteKey.Check(destination);
        var token = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = destination.Bucket,
            Key = S3Key.For(client, destination),
            ContentType = ObjectUploads.ContentType,
        };
        request.Metadata.Add(TokenName, token);
        var answer = await CallAsync(
            "begin an upload of", destination, () => client.InitiateMultipartUploadAsync(request, cancellationToken), cancellationToken);
        return new ObjectUpload(destination, $"{token}/{answer.UploadId}");
    }

    /// <inheritdoc/>
    public async ValueTask<UploadedPart> PutPartAsync(
        ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var bytes = MemoryMarshal.TryGetArray(content, out var array) ? array : content.ToArray();
        using var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        var answer = await CallAsync($"upload part {place.Number} of", upload.Destination, () => client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = upload.Destination.Bucket,
                Key = S3Key.For(client, upload.Destination),
                UploadId = NativeId(upload.Id),
                PartNumber = place.Number,
                PartSize = content.Length,
                InputStream = stream,
                UseChunkEncoding = false, // not every store supports the SDK's chunked encoding
                DisablePayloadSigning = false,
            },
            cancellationToken), cancellationToken);
        return new UploadedPart(place.Number, answer.ETag);
    }

    /// <summary>
    /// Copies a part with UploadPartCopy. A store that does not support copying may store the empty body of the request as the part. Its response has no ETag,
    /// so the part counts as not copied.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<UploadedPart?> CopyPartAsync(
        ObjectUpload upload, PartPlace place, CopiedRange source, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await CallAsync($"copy '{source.Source.Key}' to part {place.Number} of", upload.Destination, () => client.CopyPartAsync(
                new CopyPartRequest
                {
                    SourceBucket = source.Source.Bucket,
                    SourceKey = S3Key.For(client, source.Source),
                    ETagToMatch = [source.ETag],
                    FirstByte = source.Offset,
                    LastByte = source.Offset + source.Length - 1,
                    DestinationBucket = upload.Destination.Bucket,
                    DestinationKey = S3Key.For(client, upload.Destination),
                    UploadId = NativeId(upload.Id),
                    PartNumber = place.Number,
                },
                cancellationToken), cancellationToken);
            return string.IsNullOrEmpty(answer.ETag) ? null : new UploadedPart(place.Number, answer.ETag);
        }
        catch (BackendException fault) when (fault.Fault is BackendFault.Denied or BackendFault.Malformed)
        {
            return null; // Egress then reads the object itself, which reports the fault
        }
    }

    /// <summary>
    /// Completes the multipart upload. If an object must not be replaced, looks it up first, because not every store supports <c>If-None-Match</c>.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken)
    {
        if (!overwrites && await FindAsync(upload.Destination, cancellationToken) is not null)
        {
            return false;
        }

        try
        {
            var answer = await CallAsync("complete the upload of", upload.Destination, () => client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = upload.Destination.Bucket,
                    Key = S3Key.For(client, upload.Destination),
                    UploadId = NativeId(upload.Id),
                    PartETags = [.. parts.Select(static part => new PartETag(part.Number, part.Tag))],
                    IfNoneMatch = overwrites ? null : "*",
                },
                cancellationToken), cancellationToken);
            return !string.IsNullOrEmpty(answer.ETag) || await IsFromAsync(upload, cancellationToken) ? true : throw NoResult(upload.Destination, null);
        }
        catch (BackendException fault)
            when (!overwrites && fault.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed })
        {
            return false;
        }
        catch (BackendException unreadable) when (unreadable is { Fault: BackendFault.Malformed, InnerException: not AmazonServiceException })
        {
            return await IsFromAsync(upload, cancellationToken) ? true : throw NoResult(upload.Destination, unreadable);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var request = new GetPreSignedUrlRequest
        {
            BucketName = location.Bucket,
            Key = S3Key.For(client, location),
            Verb = HttpVerb.GET,
            Expires = time.GetUtcNow().UtcDateTime + lifetime,
            Protocol = client.Config.ServiceURL?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) == true ? Protocol.HTTP : Protocol.HTTPS,
        };
        request.ResponseHeaderOverrides.ContentDisposition = ObjectUploads.Disposition(fileName);
        return new Uri(await CallAsync("sign a link to", location, () => client.GetPreSignedURLAsync(request), cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken) =>
        await FindAsync(upload.Destination, cancellationToken) is { } found && upload.Id.StartsWith($"{found.Metadata[TokenName]}/", StringComparison.Ordinal);

    /// <inheritdoc/>
    public async ValueTask AbortLostAsync(
        ObjectLocation destination, DateTimeOffset since, string? except, Func<CancellationToken, ValueTask<bool>> mayAbort, CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = destination.Bucket, Prefix = destination.Key };
        ListMultipartUploadsResponse answer;
        do
        {
            answer = await CallAsync(
                "list uploads of", destination, () => client.ListMultipartUploadsAsync(request, cancellationToken), cancellationToken);
            foreach (var lost in answer.MultipartUploads ?? [])
            {
                if (lost.Key != destination.Key || lost.Initiated?.ToUniversalTime() < since.UtcDateTime || (except is not null && lost.UploadId == NativeId(except)))
                {
                    continue;
                }

                if (!await mayAbort(cancellationToken))
                {
                    return;
                }

                await AbortAsync(new ObjectUpload(destination, $"/{lost.UploadId}"), cancellationToken);
            }

            (request.KeyMarker, request.UploadIdMarker) = (answer.NextKeyMarker, answer.NextUploadIdMarker);
        }
        while (answer.IsTruncated == true);
    }

    /// <inheritdoc/>
    public async ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync("abort the upload of", upload.Destination, () => client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest
                {
                    BucketName = upload.Destination.Bucket,
                    Key = S3Key.For(client, upload.Destination),
                    UploadId = NativeId(upload.Id),
                },
                cancellationToken), cancellationToken);
        }
        catch (BackendException fault) when (fault.InnerException is AmazonS3Exception { ErrorCode: "NoSuchUpload" })
        {
            // The upload was already aborted or completed.
        }
    }

    /// <summary>
    /// Returns the exception for a completion whose response has no result. S3 sends the status before it creates the object, and the result afterwards.
    /// </summary>
    private static BackendException NoResult(ObjectLocation destination, Exception? cause) => new(
        Backend.Storage, BackendFault.Unavailable, $"S3: complete the upload of '{destination.Key}' in '{destination.Bucket}': the answer has no result, and there is no object", cause);

    private static string NativeId(string id) => id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static async Task<T> CallAsync<T>(string verb, ObjectLocation location, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (Exception exception)
            when (S3Faults.Translate(exception, $"{verb} '{location.Key}' in '{location.Bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private async Task<GetObjectMetadataResponse?> FindAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync("head", location, () => client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = location.Bucket, Key = S3Key.For(client, location) }, cancellationToken), cancellationToken);
        }
        catch (BackendException fault) when (fault.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound })
        {
            return null;
        }
    }
}
