using System.Collections.Concurrent;
using System.Net;

namespace Egress.Integration.Tests.Storage.AzureBlob;

/// <summary>Responds to GET requests for blobs without a network, as Azure does or as the test scripts it.</summary>
internal sealed class ScriptedAzure : HttpMessageHandler
{
    public static readonly byte[] Content = "content"u8.ToArray();

    /// <summary>The requests so far: the URL, whether the SDK's client sent it, and its authorization.</summary>
    public ConcurrentQueue<(string Url, bool IsFromSdk, string? Authorization)> Requests { get; } = [];

    /// <summary>Changes a response. The first argument is whether the SDK's client sent the request.</summary>
    public Action<bool, HttpResponseMessage> Change { get; set; } = static (_, _) => { };

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isFromSdk = request.Headers.UserAgent.ToString().Contains("azsdk", StringComparison.Ordinal);
        Requests.Enqueue((request.RequestUri!.AbsoluteUri, isFromSdk, request.Headers.Authorization?.ToString()));
        var content = new ByteArrayContent(Content);
        var answer = new HttpResponseMessage(HttpStatusCode.PartialContent) { RequestMessage = request, Content = content };
        content.Headers.ContentLength = Content.Length;
        content.Headers.TryAddWithoutValidation("Content-Range", "bytes 0-6/7");
        content.Headers.TryAddWithoutValidation("Content-Type", "image/jpeg");
        content.Headers.TryAddWithoutValidation("Last-Modified", "Fri, 01 Nov 2024 10:00:00 GMT");
        answer.Headers.TryAddWithoutValidation("ETag", "\"0x8DC\"");
        answer.Headers.TryAddWithoutValidation("x-ms-meta-crc32", "0a1b2c3d");
        answer.Headers.TryAddWithoutValidation("x-ms-blob-type", "BlockBlob");
        Change(isFromSdk, answer);
        return Task.FromResult(answer);
    }
}
