using System.Globalization;
using System.Net;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Objects of Azure Blob Storage; a bucket is a container.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="pageSize">Most objects on a page of a listing; null leaves it to the service (5,000).</param>
internal sealed class AzureBlobStorage(BlobServiceClient client, int? pageSize = null) : IObjectStorage, IPagedListing
{
    /// <summary>Name in a blob's metadata of the CRC-32 of its content, as 8 hex digits: Azure computes none.</summary>
    public const string Crc32Metadata = "crc32";

    /// <summary>Set by Data Lake Storage on the blob that stands for a folder.</summary>
    private const string FolderMetadata = "hdi_isfolder";

    /// <inheritdoc/>
    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        if (range.Length == 0)
        {
            return HttpRanges.OpenEmpty(await LookUpAsync(location, cancellationToken), range);
        }

        var request = new BlobDownloadOptions
        {
            Range = new HttpRange(range.Offset, HttpRanges.LastByte(range) is null ? null : range.Length),
            Conditions = range.IfMatch is { } validator ? new BlobRequestConditions { IfMatch = new ETag(validator) } : null,
        };
        try
        {
            var answer = await Blob(location).DownloadStreamingAsync(request, cancellationToken);
            return Opened(location, answer.Value);
        }
        catch (RequestFailedException exception) when (AzureBlobFaults.IsMissingObject(exception))
        {
            return null;
        }
        catch (RequestFailedException exception) when (exception.Status == (int)HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return HttpRanges.OpenEmpty(await LookUpAsync(location, cancellationToken), range);
        }
        catch (Exception exception) when (AzureBlobFaults.Translate(exception, Describe("get", location), cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Blob(location).GetPropertiesAsync(cancellationToken: cancellationToken);
            return new ObjectProperties(location, answer.Value.ContentLength)
            {
                ETag = Text(answer.Value.ETag),
                Modified = answer.Value.LastModified,
                ContentType = answer.Value.ContentType,
                Crc32 = Crc32Of(answer.Value.Metadata),
            };
        }
        catch (RequestFailedException exception) when (AzureBlobFaults.IsMissingObject(exception))
        {
            return null;
        }
        catch (Exception exception) when (AzureBlobFaults.Translate(exception, Describe("head", location), cancellationToken) is { } fault)
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
            var request = new GetBlobsOptions { Prefix = prefix.Prefix, Traits = BlobTraits.Metadata };
            var pages = client.GetBlobContainerClient(prefix.Bucket).GetBlobsAsync(request, cancellationToken).AsPages(continuation, pageSize);
            var page = await pages.FirstAsync(cancellationToken);
            var found = page.Values.Where(IsObject).Select(item => Listed(prefix.Bucket, item));
            return new ObjectPage([.. found], string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
        }
        catch (Exception exception)
            when (AzureBlobFaults.Translate(exception, $"list '{prefix.Prefix}' in '{prefix.Bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private static ObjectProperties Listed(string bucket, BlobItem item) =>
        new(new ObjectLocation(bucket, item.Name), item.Properties.ContentLength ?? 0)
        {
            ETag = item.Properties.ETag is { } validator ? Text(validator) : null,
            Modified = item.Properties.LastModified,
            ContentType = item.Properties.ContentType,
            Crc32 = Crc32Of(item.Metadata),
        };

    private static bool IsObject(BlobItem item) =>
        !PagedListing.IsFolderMarker(item.Name, item.Properties.ContentLength ?? 0) && !item.Metadata.ContainsKey(FolderMetadata);

    private static OpenedObject Opened(ObjectLocation location, BlobDownloadStreamingResult answer)
    {
        try
        {
            var details = answer.Details;
            var properties = new ObjectProperties(location, HttpRanges.WholeSize(details.ContentRange, details.ContentLength))
            {
                ETag = Text(details.ETag),
                Modified = details.LastModified,
                ContentType = details.ContentType,
                Crc32 = Crc32Of(details.Metadata),
            };
            return new OpenedObject(properties, answer.Content);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static uint? Crc32Of(IDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue(Crc32Metadata, out var text) && text.Length == 8
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    /// <summary>As in the header: a listing has it without quotes.</summary>
    private static string Text(ETag validator) => validator.ToString("H");

    private static string Describe(string verb, ObjectLocation location) => $"{verb} '{location.Key}' in '{location.Bucket}'";

    private BlobClient Blob(ObjectLocation location)
    {
        RemoteKey.Check(location);
        return client.GetBlobContainerClient(location.Bucket).GetBlobClient(location.Key);
    }
}
