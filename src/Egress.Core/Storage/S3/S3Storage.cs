using System.Collections.Concurrent;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Reads objects of Amazon S3 and of compatible stores.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="reader">Reads objects without the SDK if possible; null to read only with the SDK.</param>
internal sealed class S3Storage(IAmazonS3 client, S3Reader? reader = null) : IObjectStorage, IPagedListing, IKeyCheck
{
    private readonly S3Listing _listing = new(client);

    /// <summary>The buckets that are known to exist. A 404 for one of them means that the object is missing.</summary>
    private readonly ConcurrentDictionary<string, bool> _knownBuckets = new(StringComparer.Ordinal);

    /// <summary>Whether HEAD requests ask for checksums. A store that does not support checksums may refuse such a request.</summary>
    private volatile bool _asksForChecksums = true;

    /// <inheritdoc/>
    public bool IsRemote => true;

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
            return Opened(location, range, await GetAsync(location, range, cancellationToken));
        }
        catch (AmazonS3Exception exception) when (S3Faults.IsMissingObject(exception) || S3Faults.IsDeleted(exception))
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
            return S3Metadata.OfHead(location, answer);
        }
        catch (AmazonS3Exception exception) when (S3Faults.IsDeleted(exception))
        {
            return null;
        }
        catch (AmazonS3Exception exception) when (S3Faults.RequiresKey(exception))
        {
            return new ObjectProperties(location, 0) { Unavailable = UnavailableReason.KeyRequired };
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
    public void CheckKey(ObjectLocation location) => RemoteKey.Check(location);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
        PagedListing.ListAsync(prefix, (continuation, stop) => ListPageAsync(prefix, continuation, stop), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken) =>
        _listing.ReadPageAsync(prefix, continuation, cancellationToken);

    /// <summary>
    /// Gets an object. The request always has a range. Then the response contains the size of the whole object, and the SDK does not compare the MD5 of the
    /// bytes with the ETag, which is not an MD5 in all stores.
    /// </summary>
    private async ValueTask<S3Answer> GetAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        var bytes = $"bytes={range.Offset}-{HttpRanges.LastByte(range)}";
        if (reader is not null && await reader.TryGetAsync(location, bytes, range.IfMatch, cancellationToken) is { } direct)
        {
            return direct;
        }

        var request = new GetObjectRequest
        {
            BucketName = location.Bucket,
            Key = S3Key.For(client, location),
            EtagToMatch = range.IfMatch,
            ByteRange = new ByteRange(bytes),
        };
        var answer = await client.GetObjectAsync(request, cancellationToken);
        reader?.Suspend(location.Bucket);
        return S3Answer.Of(answer);
    }

    private static string Describe(string verb, ObjectLocation location) => $"{verb} '{location.Key}' in '{location.Bucket}'";

    private static OpenedObject Opened(ObjectLocation location, ObjectRange range, S3Answer answer)
    {
        try
        {
            if (range.Offset > 0 && !answer.IsPartial)
            {
                throw new BackendException(Backend.Storage, BackendFault.Malformed, "S3: the store does not serve ranges.");
            }

            if (range.IfMatch is not null && range.IfMatch != answer.ETag)
            {
                // Reached with stores that ignore If-Match.
                throw new BackendException(
                    Backend.Storage, BackendFault.Changed, $"S3: {Describe("get", location)}: the validator is {answer.ETag} now.");
            }

            var properties = S3Metadata.OfGet(location, HttpRanges.WholeSize(answer.ContentRange, answer.ContentLength), answer);
            if (range.Offset >= properties.Size)
            {
                // For a range of an empty object, some stores do not respond with 416, but announce a body that they never send.
                answer.Owner.Dispose();
                return HttpRanges.OpenEmpty(properties, range)!;
            }

            return new OpenedObject(properties, new RemoteStream(
                answer.Body, answer.Owner, (exception, stop) => S3Faults.Translate(exception, Describe("read", location), stop)));
        }
        catch
        {
            answer.Owner.Dispose();
            throw;
        }
    }

    private async Task<GetObjectMetadataResponse> HeadAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = location.Bucket, Key = S3Key.For(client, location) };
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

    /// <summary>Throws if a bucket does not exist, which is a configuration fault. Called when an object was not found.</summary>
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
            // The bucket exists, but the credentials may not list it. For a missing object in it, AWS responds with 403 and other stores with 404.
        }
        catch (Exception exception) when (S3Faults.Translate(exception, $"head bucket '{bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }

        _knownBuckets.TryAdd(bucket, true);
    }
}
