using System.Collections.Concurrent;
using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>
/// Sends the GET of an object through a pipeline that has only the SDK's authentication and the transport. For small objects, the SDK's own pipeline and the
/// objects that its client allocates take most of the CPU time. If the response is not a plain success, the request is repeated with the SDK, which interprets
/// the response. Safe for concurrent use.
/// </summary>
/// <param name="client">The SDK's client, made by <see cref="AzureBlobClientFactory"/>.</param>
/// <param name="transport">Sends the requests, on connections of its own.</param>
/// <param name="time">The clock.</param>
internal sealed class AzureBlobReader(BlobServiceClient client, HttpPipelineTransport transport, TimeProvider time)
{
    /// <summary>The version of the REST API. Later versions have not changed the GET of a blob without options.</summary>
    private const string Version = "2023-11-03";

    private const string UserAgent = "Egress";

    private readonly HttpPipeline _pipeline = new(transport, ClientInternals.AuthenticationOf(client) is { } policy ? [policy] : []);
    private readonly ConcurrentDictionary<string, (string Url, string Query)> _containers = new(StringComparer.Ordinal);
    private readonly SdkOnlyBuckets _sdkOnly = new(time);

    /// <summary>Requests a range of an object.</summary>
    /// <param name="location">The object. Its key has been checked.</param>
    /// <param name="range">The range, with at least one byte.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The object; null if the request must be made with the SDK.</returns>
    /// <exception cref="Exception">
    /// There are no credentials, the service did not respond, or it is overloaded. The caller translates the exception with <see cref="AzureBlobFaults"/>.
    /// </exception>
    public async ValueTask<OpenedObject?> TryOpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        if (_sdkOnly.Contains(location.Bucket))
        {
            return null;
        }

        var message = Message(location, range);
        try
        {
            await _pipeline.SendAsync(message, cancellationToken);
            if (AzureBlobFaults.OfOverload(message.Response, $"get '{location.Key}' in '{location.Bucket}'") is { } overload)
            {
                throw overload;
            }

            var opened = IsSuccess(message.Response, range) ? Opened(location, message) : null;
            message = opened is null ? message : null;
            return opened;
        }
        finally
        {
            message?.Dispose();
        }
    }

    /// <summary>Makes a container be read with the SDK for a while. Called if the SDK succeeded after a request of this class had failed.</summary>
    public void Suspend(string bucket)
    {
        if (_containers.ContainsKey(bucket))
        {
            _sdkOnly.Add(bucket);
        }
    }

    private static bool IsSuccess(Response response, ObjectRange range) =>
        response.Status == (int)HttpStatusCode.PartialContent || (response.Status == (int)HttpStatusCode.OK && range.Offset == 0);

    /// <summary>Returns the object in a successful response; null if a header has an unexpected value. The object owns the message.</summary>
    private static OpenedObject? Opened(ObjectLocation location, HttpMessage message) =>
        AzureBlobMetadata.OfGet(location, message.Response.Headers) is { } properties && message.Response.ContentStream is { } content
            ? new OpenedObject(properties, new RemoteStream(
                content, message, (exception, stop) => AzureBlobFaults.Translate(exception, $"read '{location.Key}' in '{location.Bucket}'", stop)))
            : null;

    private HttpMessage Message(ObjectLocation location, ObjectRange range)
    {
        var message = _pipeline.CreateMessage();
        message.BufferResponse = false;
        var (url, query) = _containers.GetOrAdd(location.Bucket, static (bucket, client) => UrlOf(client, bucket), client);
        var request = message.Request;
        request.Method = RequestMethod.Get;
        request.Uri.Reset(new Uri($"{url}/{PathOf(location.Key)}{query}"));
        request.Headers.SetValue("x-ms-version", Version);
        request.Headers.SetValue("x-ms-range", $"bytes={range.Offset}-{HttpRanges.LastByte(range)}");
        request.Headers.SetValue("Accept", "application/xml"); // the format of errors that the SDK requests
        request.Headers.SetValue("User-Agent", UserAgent);
        if (range.IfMatch is { } validator)
        {
            request.Headers.SetValue("If-Match", validator);
        }

        return message;
    }

    /// <summary>Returns the URL of a container, and its query, which is the shared access signature if the connection string has one.</summary>
    private static (string Url, string Query) UrlOf(BlobServiceClient client, string bucket)
    {
        var url = client.GetBlobContainerClient(bucket).Uri;
        return (url.GetLeftPart(UriPartial.Path), url.Query);
    }

    /// <summary>Returns the path of a key in a URL. Slashes are not escaped, as in the SDK.</summary>
    private static string PathOf(string key) => Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal);

    /// <summary>Accesses the protected members of the SDK's client.</summary>
    private sealed class ClientInternals : BlobServiceClient
    {
        /// <summary>Returns the policy that signs requests or adds a token; null if the URL has a shared access signature.</summary>
        public static HttpPipelinePolicy? AuthenticationOf(BlobServiceClient client) => GetAuthenticationPolicy(client);
    }
}
