using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Objects of Amazon S3 and of stores that speak its protocol.</summary>
/// <param name="client">The SDK's client.</param>
internal sealed class S3Storage(IAmazonS3 client) : IObjectStorage, IPagedListing
{
    /// <summary>Buckets that gave an answer: there, a missing object is nothing but a missing object.</summary>
    private readonly ConcurrentDictionary<string, bool> _knownBuckets = new(StringComparer.Ordinal);

    /// <summary>Whether HEAD may ask for checksums; a store that does not know them may refuse the request.</summary>
    private volatile bool _asksForChecksums = true;

    /// <inheritdoc/>
    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        RemoteKey.Check(location);
        if (range.Length == 0)
        {
            return HttpRanges.OpenEmpty(await LookUpAsync(location, cancellationToken), range);
        }

        try
        {
            var answer = await client.GetObjectAsync(Request(location, range), cancellationToken);
            return Opened(location, range, answer);
        }
        catch (AmazonS3Exception exception) when (S3Faults.IsMissingObject(exception))
        {
            return null;
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return HttpRanges.OpenEmpty(await LookUpAsync(location, cancellationToken), range);
        }
        catch (Exception exception) when (S3Faults.Translate(exception, Describe("get", location), cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        RemoteKey.Check(location);
        try
        {
            var answer = await HeadAsync(location, cancellationToken);
            _knownBuckets.TryAdd(location.Bucket, true);
            return new ObjectProperties(location, answer.ContentLength)
            {
                ETag = answer.ETag,
                Modified = AsUtc(answer.LastModified),
                ContentType = answer.Headers.ContentType,
                Crc32 = Crc32Of(answer),
            };
        }
        catch (AmazonS3Exception exception) when (S3Faults.IsNotFound(exception))
        {
            await CheckBucketAsync(location.Bucket, cancellationToken);
            return null;
        }
        catch (Exception exception) when (S3Faults.Translate(exception, Describe("head", location), cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
        PagedListing.ListAsync((continuation, stop) => ListPageAsync(prefix, continuation, stop), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken)
    {
        RemoteKey.CheckBucket(prefix.Bucket);
        try
        {
            var answer = await client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = prefix.Bucket, Prefix = prefix.Prefix, ContinuationToken = continuation },
                cancellationToken);
            var found = (answer.S3Objects ?? [])
                .Where(item => !PagedListing.IsFolderMarker(item.Key, item.Size ?? 0))
                .Select(item => new ObjectProperties(new ObjectLocation(prefix.Bucket, item.Key), item.Size ?? 0)
                {
                    ETag = Quoted(item.ETag),
                    Modified = AsUtc(item.LastModified),
                });
            return new ObjectPage([.. found], answer.IsTruncated is true ? answer.NextContinuationToken : null);
        }
        catch (Exception exception)
            when (S3Faults.Translate(exception, $"list '{prefix.Prefix}' in '{prefix.Bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>
    /// Always asks for a range: the answer then tells the size of the whole object, and the SDK does not compute the MD5 of every
    /// byte to compare it with an ETag that need not be one.
    /// </summary>
    private static GetObjectRequest Request(ObjectLocation location, ObjectRange range) => new()
    {
        BucketName = location.Bucket,
        Key = EscapeStart(location.Key),
        EtagToMatch = range.IfMatch,
        ByteRange = new ByteRange($"bytes={range.Offset}-{HttpRanges.LastByte(range)}"),
    };

    /// <summary>The SDK takes one slash from the start of a key.</summary>
    private static string EscapeStart(string key) => key.StartsWith('/') ? "/" + key : key;

    private static string Describe(string verb, ObjectLocation location) => $"{verb} '{location.Key}' in '{location.Bucket}'";

    /// <summary>As in the header: not every store quotes it in listings.</summary>
    private static string? Quoted(string? validator) =>
        string.IsNullOrEmpty(validator) || validator.EndsWith('"') ? validator : $"\"{validator}\"";

    private static DateTimeOffset? AsUtc(DateTime? time) => time?.ToUniversalTime();

    /// <summary>The CRC-32 of the whole object; a COMPOSITE one is a checksum of its parts' checksums.</summary>
    private static uint? Crc32Of(GetObjectMetadataResponse answer)
    {
        var value = new byte[sizeof(uint)];
        return answer.ChecksumType == ChecksumType.FULL_OBJECT && answer.ChecksumCRC32 is { } text
            && Convert.TryFromBase64String(text, value, out var length) && length == value.Length
            ? BinaryPrimitives.ReadUInt32BigEndian(value)
            : null;
    }

    private static OpenedObject Opened(ObjectLocation location, ObjectRange range, GetObjectResponse answer)
    {
        try
        {
            if (range.Offset > 0 && answer.HttpStatusCode != HttpStatusCode.PartialContent)
            {
                throw new BackendException(Backend.Storage, BackendFault.Malformed, "S3: the store does not serve ranges.");
            }

            if (range.IfMatch is not null && range.IfMatch != answer.ETag)
            {
                // Not every store that speaks the protocol looks at If-Match.
                throw new BackendException(
                    Backend.Storage, BackendFault.Changed, $"S3: {Describe("get", location)}: the validator is {answer.ETag} now.");
            }

            var properties = new ObjectProperties(location, HttpRanges.WholeSize(answer.ContentRange, answer.ContentLength))
            {
                ETag = answer.ETag,
                Modified = AsUtc(answer.LastModified),
                ContentType = answer.Headers.ContentType,
            };
            if (range.Offset >= properties.Size)
            {
                // Some stores answer the range of an empty object with a body that never comes, instead of 416.
                answer.Dispose();
                return HttpRanges.OpenEmpty(properties, range)!;
            }

            return new OpenedObject(properties, new RemoteStream(
                answer.ResponseStream, answer, (exception, stop) => S3Faults.Translate(exception, Describe("read", location), stop)));
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private async Task<GetObjectMetadataResponse> HeadAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = location.Bucket, Key = EscapeStart(location.Key) };
        if (!_asksForChecksums)
        {
            return await client.GetObjectMetadataAsync(request, cancellationToken);
        }

        try
        {
            request.ChecksumMode = ChecksumMode.ENABLED;
            return await client.GetObjectMetadataAsync(request, cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.BadRequest)
        {
            request.ChecksumMode = null;
            var answer = await client.GetObjectMetadataAsync(request, cancellationToken);
            _asksForChecksums = false;
            return answer;
        }
    }

    /// <summary>Tells a missing bucket, which is a fault of the set-up, from a missing object.</summary>
    private async Task CheckBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        if (_knownBuckets.ContainsKey(bucket))
        {
            return;
        }

        try
        {
            await client.HeadBucketAsync(new HeadBucketRequest { BucketName = bucket }, cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            // It is there, but its listing is not allowed: then AWS would have refused to say that an object is missing.
        }
        catch (Exception exception) when (S3Faults.Translate(exception, $"head bucket '{bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }

        _knownBuckets.TryAdd(bucket, true);
    }
}
