using System.Text.Json.Nodes;
using Egress.Http.Requests;
using Egress.Signing;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Api;

/// <summary>Answers <c>/openapi.json</c>: the description of the API, with the version and the address of this server.</summary>
internal sealed class OpenApiEndpoint(SigningOptions options)
{
    private readonly byte[] _document = Write(options);

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public async Task HandleAsync(HttpContext context, CancellationToken hostStopping)
    {
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = _document.Length;
        response.Headers.CacheControl = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (!RequestMethod.IsHead(context.Request))
        {
            await response.BodyWriter.WriteAsync(_document, context.RequestAborted);
        }
    }

    private static byte[] Write(SigningOptions options)
    {
        using var stream = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")!;
        var document = JsonNode.Parse(stream)!;
        document["info"]!["version"] = EgressVersion.Text;
        if (options.PublicUrl is { } url)
        {
            document["servers"]![0]!["url"] = url.AbsoluteUri.TrimEnd('/');
        }

        return System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
    }
}
