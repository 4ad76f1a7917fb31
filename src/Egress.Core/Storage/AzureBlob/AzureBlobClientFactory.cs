using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using Egress.Storage.Remote;

namespace Egress.Storage.AzureBlob;

/// <summary>Builds the SDK's client so that it does one request and nothing else: retries and time limits are the decorator's.</summary>
internal static class AzureBlobClientFactory
{
    /// <exception cref="ArgumentException">Neither a connection string nor an account is set.</exception>
    public static BlobServiceClient Create(AzureBlobOptions options)
    {
        var configuration = new BlobClientOptions { Transport = new HttpClientTransport(RemoteHttp.CreateClient()) };
        configuration.Retry.MaxRetries = 0;
        configuration.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        configuration.AddPolicy(new NoHealing(), HttpPipelinePosition.BeforeTransport);
        return options switch
        {
            { ConnectionString: { } text } => new BlobServiceClient(text, configuration),
            { AccountUrl: { } account } => new BlobServiceClient(account, new DefaultAzureCredential(), configuration),
            _ => throw new ArgumentException("Azure storage needs a connection string or an account URL.", nameof(options)),
        };
    }

    /// <summary>
    /// The SDK opens a body that breaks again up to five times, whatever its retry options say, but only after what it takes for a
    /// passing failure: that body throws a <see cref="BackendException"/>, which it does not.
    /// </summary>
    private sealed class NoHealing : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException("Called asynchronously only.");

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
            if (message is { BufferResponse: false, HasResponse: true, Response.ContentStream: { } content })
            {
                var what = $"read {message.Request.Uri.Path}"; // without the query: it may hold a shared access signature
                message.Response.ContentStream = new RemoteStream(
                    content, content, (exception, stop) => AzureBlobFaults.Translate(exception, what, stop));
            }
        }
    }
}
