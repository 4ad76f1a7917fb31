using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using Egress.Storage.Http;

namespace Egress.Storage.AzureBlob;

/// <summary>Creates the SDK's client. Each of its calls sends one request, because Egress's own decorator handles retries and time limits.</summary>
internal static class AzureBlobClientFactory
{
    /// <exception cref="ArgumentException">Neither a connection string nor an account is set.</exception>
    public static BlobServiceClient Create(AzureBlobOptions options)
    {
        var configuration = new BlobClientOptions
        {
            Transport = CreateTransport(),
            TrimBlobNameSlashes = false, // '/a.jpg' and 'a.jpg' are two blobs
        };
        configuration.Retry.MaxRetries = 0;
        configuration.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        configuration.AddPolicy(new BodyPolicy(), HttpPipelinePosition.BeforeTransport);
        return options switch
        {
            { ConnectionString: { } text } => new BlobServiceClient(text, configuration),
            { AccountUrl: { } account } => new BlobServiceClient(account, new DefaultAzureCredential(), configuration),
            _ => throw new ArgumentException("Azure storage needs a connection string or an account URL.", nameof(options)),
        };
    }

    /// <summary>Creates a transport without time limits, redirects, cookies or decompression.</summary>
    public static HttpPipelineTransport CreateTransport() => new HttpClientTransport(RemoteHttp.CreateClient());

    /// <summary>Changes how the SDK reads response bodies: bodies of errors are buffered, and reads of broken bodies are not retried.</summary>
    private sealed class BodyPolicy : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
            throw new NotSupportedException("Only asynchronous calls are supported.");

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message is not { BufferResponse: false, HasResponse: true, Response.ContentStream: { } content })
            {
                return;
            }

            if (message.Response.IsError)
            {
                // The SDK reads the body of an error synchronously, so the body is received before.
                message.Response.ContentStream = await BufferAsync(content, message.CancellationToken);
                return;
            }

            // The SDK reopens a broken body up to five times, regardless of the retry options. It does so only for exceptions that it considers
            // transient, which a BackendException is not.
            var what = $"read {message.Request.Uri.Path}"; // without the query, which may contain a shared access signature
            message.Response.ContentStream = new RemoteStream(
                content, content, (exception, stop) => AzureBlobFaults.Translate(exception, what, stop));
        }

        private static async Task<Stream> BufferAsync(Stream content, CancellationToken cancellationToken)
        {
            var buffer = new MemoryStream();
            await using (content)
            {
                await content.CopyToAsync(buffer, cancellationToken);
            }

            buffer.Position = 0;
            return buffer;
        }
    }
}
