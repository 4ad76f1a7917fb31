using System.Net;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Lists objects page by page.</summary>
/// <remarks>
/// Keys are requested in URL-encoded form, because XML cannot contain every character of a key. Some stores (Huawei OBS, old Ceph) ignore <c>list-type=2</c>
/// and respond as version 1 of the API: the page is truncated, but has no continuation token. The listing then continues with version 1, in which a page is
/// requested by the last key of the previous page.
/// </remarks>
/// <param name="client">The SDK's client.</param>
internal sealed class S3Listing(IAmazonS3 client)
{
    private const char Token = 't';
    private const char Marker = 'm';

    /// <summary>The optional attributes that are requested. Without the restore status, a restored object would look like an archived one.</summary>
    private static readonly List<string> Attributes = ["RestoreStatus"];

    /// <inheritdoc cref="IPagedListing.ListPageAsync"/>
    public async ValueTask<ObjectPage> ReadPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken)
    {
        RemoteKey.CheckBucket(prefix.Bucket);
        try
        {
            return continuation is [Marker, .. var marker]
                ? await ReadVersion1Async(prefix, marker, cancellationToken)
                : await ReadVersion2Async(prefix, continuation?[1..], cancellationToken);
        }
        catch (Exception exception)
            when (S3Faults.Translate(exception, $"list '{prefix.Prefix}' in '{prefix.Bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private async Task<ObjectPage> ReadVersion2Async(ObjectPrefix prefix, string? token, CancellationToken cancellationToken)
    {
        var answer = await client.ListObjectsV2Async(
            new ListObjectsV2Request
            {
                BucketName = prefix.Bucket,
                Prefix = prefix.Prefix,
                ContinuationToken = token,
                Encoding = EncodingType.Url,
                OptionalObjectAttributes = Attributes,
            },
            cancellationToken);
        var (found, lastKey) = Read(prefix, answer.S3Objects, answer.Encoding);
        var next = answer.NextContinuationToken;
        return new ObjectPage(found, lastKey, answer.IsTruncated is false ? null
            : !string.IsNullOrEmpty(next) ? Token + next
            : answer.IsTruncated is true ? Marker + (lastKey ?? throw NoWayOn(prefix))
            : null);
    }

    private async Task<ObjectPage> ReadVersion1Async(ObjectPrefix prefix, string marker, CancellationToken cancellationToken)
    {
        var answer = await client.ListObjectsAsync(
            new ListObjectsRequest
            {
                BucketName = prefix.Bucket,
                Prefix = prefix.Prefix,
                Marker = marker,
                Encoding = EncodingType.Url,
                OptionalObjectAttributes = Attributes,
            },
            cancellationToken);
        var (found, lastKey) = Read(prefix, answer.S3Objects, answer.Encoding);
        return new ObjectPage(found, lastKey, answer.IsTruncated is true ? Marker + (lastKey ?? throw NoWayOn(prefix)) : null);
    }

    private static (List<ObjectProperties> Found, string? LastKey) Read(ObjectPrefix prefix, List<S3Object>? items, EncodingType? encoding)
    {
        string? lastKey = null;
        var found = new List<ObjectProperties>(items?.Count ?? 0);
        foreach (var item in items ?? [])
        {
            lastKey = encoding == EncodingType.Url ? Decode(item.Key) : item.Key;
            RemoteKey.CheckListed(prefix, lastKey);
            var properties = S3Metadata.OfListed(new ObjectLocation(prefix.Bucket, lastKey), item);
            if (!PagedListing.IsFolderMarker(lastKey, properties.Size))
            {
                found.Add(properties);
            }
        }

        return (found, lastKey);
    }

    /// <summary>Decodes a key like a form value: stores write a space as <c>+</c> and a plus sign as <c>%2B</c>.</summary>
    private static string Decode(string key)
    {
        var encoded = Encoding.UTF8.GetBytes(key);
        return ObjectKey.Strict.GetString(WebUtility.UrlDecodeToBytes(encoded, 0, encoded.Length)!);
    }

    private static BackendException NoWayOn(ObjectPrefix prefix) => new(
        Backend.Storage,
        BackendFault.Malformed,
        $"S3: the listing of '{prefix.Prefix}' in '{prefix.Bucket}' has more pages, but gives neither a continuation token nor a key to go on from.");
}
