using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Multipart uploads of S3. Parts carry their MD5, which every store compares with what it received.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="time">The clock.</param>
internal sealed class S3Uploads(IAmazonS3 client, TimeProvider time) : IObjectUploads, ICopyingUploads
{
    /// <summary>"Amazon S3 multipart upload limits" in the guide of S3.</summary>
    public UploadLimits Limits => new(5 << 20, 10_000) { LargestCopy = 5L << 30 };

    /// <inheritdoc/>
    public async ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken)
    {
        RemoteKey.Check(destination);
        var answer = await CallAsync("begin an upload of", destination, () => client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest
            {
                BucketName = destination.Bucket,
                Key = S3Key.For(client, destination),
                ContentType = ObjectUploads.ContentType,
            },
            cancellationToken), cancellationToken);
        return new ObjectUpload(destination, answer.UploadId);
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
                UploadId = upload.Id,
                PartNumber = place.Number,
                PartSize = content.Length,
                InputStream = stream,
                MD5Digest = Convert.ToBase64String(Hash(content.Span)),
                UseChunkEncoding = false, // not every store reads the SDK's chunks
            },
            cancellationToken), cancellationToken);
        return new UploadedPart(place.Number, answer.ETag);
    }

    /// <summary>
    /// A store that does not know how to copy may upload the empty body of the request as the part, and answers without a result. It is told apart by that.
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
                    UploadId = upload.Id,
                    PartNumber = place.Number,
                },
                cancellationToken), cancellationToken);
            return string.IsNullOrEmpty(answer.ETag) ? null : new UploadedPart(place.Number, answer.ETag);
        }
        catch (BackendException fault) when (fault.Fault is BackendFault.Denied or BackendFault.Malformed)
        {
            return null; // reading the object tells what is wrong with it
        }
    }

    /// <summary>Also looks before: not every store knows the condition.</summary>
    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken)
    {
        if (!overwrites && await ExistsAsync(upload.Destination, cancellationToken))
        {
            return false;
        }

        try
        {
            await CallAsync("complete the upload of", upload.Destination, () => client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = upload.Destination.Bucket,
                    Key = S3Key.For(client, upload.Destination),
                    UploadId = upload.Id,
                    PartETags = [.. parts.Select(static part => new PartETag(part.Number, part.Tag))],
                    IfNoneMatch = overwrites ? null : "*",
                },
                cancellationToken), cancellationToken);
            return true;
        }
        catch (BackendException fault)
            when (!overwrites && fault.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed })
        {
            return false;
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
    public async ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync("abort the upload of", upload.Destination, () => client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest
                {
                    BucketName = upload.Destination.Bucket,
                    Key = S3Key.For(client, upload.Destination),
                    UploadId = upload.Id,
                },
                cancellationToken), cancellationToken);
        }
        catch (BackendException fault) when (fault.InnerException is AmazonS3Exception { ErrorCode: "NoSuchUpload" })
        {
            // Aborted or completed before.
        }
    }

    private static byte[] Hash(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5351 // The protocol's checksum against damage on the way. It protects nothing.
        return MD5.HashData(content);
#pragma warning restore CA5351
    }

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

    private async Task<bool> ExistsAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync("head", location, () => client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest { BucketName = location.Bucket, Key = S3Key.For(client, location) }, cancellationToken), cancellationToken);
            return true;
        }
        catch (BackendException fault) when (fault.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound })
        {
            return false;
        }
    }
}
