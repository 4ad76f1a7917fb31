using System.Net;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Reads objects of Azure Blob Storage. A bucket is a container.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="reader">Reads objects without the SDK's client if possible; null to read only with the SDK.</param>
/// <param name="pageSize">The largest number of objects on a page of a listing; null for the default of the service (5,000).</param>
internal sealed class AzureBlobStorage(BlobServiceClient client, AzureBlobReader? reader = null, int? pageSize = null) : IObjectStorage, IPagedListing, IKeyCheck
{
    /// <inheritdoc/>
    public bool IsRemote => true;

    /// <inheritdoc/>
    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        if (range.Length == 0)
        {
            return HttpRanges.OpenEmpty(await LookUpAsync(location, cancellationToken), range);
        }

        CheckKey(location);
        try
        {
            return reader is not null && await reader.TryOpenAsync(location, range, cancellationToken) is { } opened
                ? opened
                : await OpenWithSdkAsync(location, range, cancellationToken);
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
            return AzureBlobMetadata.OfHead(location, answer.Value);
        }
        catch (RequestFailedException exception) when (AzureBlobFaults.RequiresKey(exception))
        {
            return new ObjectProperties(location, 0) { Unavailable = UnavailableReason.KeyRequired };
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
    public void CheckKey(ObjectLocation location)
    {
        RemoteKey.Check(location);
        if (location.Key.Contains('\\'))
        {
            throw new BackendException(Backend.Storage, BackendFault.Denied, $"The key '{location.Key}' has a backslash, which Azure replaces with a slash.");
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
        PagedListing.ListAsync(prefix, (continuation, stop) => ListPageAsync(prefix, continuation, stop), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken)
    {
        RemoteKey.CheckBucket(prefix.Bucket);
        try
        {
            var request = new GetBlobsOptions { Prefix = prefix.Prefix, Traits = BlobTraits.Metadata };
            var pages = client.GetBlobContainerClient(prefix.Bucket).GetBlobsAsync(request, cancellationToken).AsPages(continuation, pageSize);
            var page = await pages.FirstAsync(cancellationToken);
            var lastKey = page.Values.Count > 0 ? page.Values[^1].Name : null;
            return new ObjectPage(Read(prefix, page.Values), lastKey, string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
        }
        catch (Exception exception)
            when (AzureBlobFaults.Translate(exception, $"list '{prefix.Prefix}' in '{prefix.Bucket}'", cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private static List<ObjectProperties> Read(ObjectPrefix prefix, IReadOnlyList<BlobItem> items)
    {
        var found = new List<ObjectProperties>(items.Count);
        foreach (var item in items)
        {
            RemoteKey.CheckListed(prefix, item.Name);
            var properties = AzureBlobMetadata.OfListed(new ObjectLocation(prefix.Bucket, item.Name), item);
            if (!AzureBlobMetadata.IsFolder(item, properties.Size))
            {
                found.Add(properties);
            }
        }

        return found;
    }

    private async ValueTask<OpenedObject> OpenWithSdkAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        var request = new BlobDownloadOptions
        {
            Range = new HttpRange(range.Offset, HttpRanges.LastByte(range) is null ? null : range.Length),
            Conditions = range.IfMatch is { } validator ? new BlobRequestConditions { IfMatch = new ETag(validator) } : null,
        };
        var answer = await Blob(location).DownloadStreamingAsync(request, cancellationToken);
        reader?.Suspend(location.Bucket);
        return Opened(location, answer.Value);
    }

    private static OpenedObject Opened(ObjectLocation location, BlobDownloadStreamingResult answer)
    {
        try
        {
            return new OpenedObject(AzureBlobMetadata.OfGet(location, answer.Details), answer.Content);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static string Describe(string verb, ObjectLocation location) => $"{verb} '{location.Key}' in '{location.Bucket}'";

    private BlobClient Blob(ObjectLocation location)
    {
        CheckKey(location);
        return client.GetBlobContainerClient(location.Bucket).GetBlobClient(location.Key);
    }
}
