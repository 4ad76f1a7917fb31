using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Http.Requests;
using Egress.Links;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Responses;

/// <summary>An error that clients see: a problem document (RFC 9457), or a page for clients that prefer HTML.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">The stable code, which <c>type</c> contains after <c>urn:egress:problem:</c>.</param>
/// <param name="Title">The kind of problem. It is the same for every problem with the code.</param>
/// <param name="Detail">The explanation, and what the reader can do. It never contains a bucket, key, host or path.</param>
internal sealed record Problem(int Status, string Code, string Title, string Detail)
{
    /// <summary>The prefix of the code in <c>type</c>.</summary>
    public const string TypePrefix = "urn:egress:problem:";

    /// <summary>How long the client should wait before it retries; null if not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The value of <c>Allow</c>; null unless the method is not allowed.</summary>
    public string? Allow { get; init; }

    /// <summary>The value of <c>Location</c>; null unless the conflicting resource can be shown.</summary>
    public string? Location { get; init; }

    /// <summary>The value of <c>WWW-Authenticate</c>; null unless credentials are missing.</summary>
    public string? Challenge { get; init; }

    /// <summary>The length of the archive or file, for <c>Content-Range</c>; null unless the requested range is outside of it.</summary>
    public long? CompleteLength { get; init; }

    /// <summary>The fields that cannot be used; null for other problems.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }

    /// <summary>
    /// Answers a request with this problem, as a page if the route has pages and the client prefers HTML. The response must not have started.
    /// </summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.Clear();
        response.Headers[RequestId.Header] = context.TraceIdentifier;
        response.StatusCode = Status;
        SetHeaders(response.Headers);
        var body = context.Features.Get<ProblemPage>() is { } page && AcceptHeader.PrefersHtml(context.Request)
            ? page.Write(this, context, context.TraceIdentifier)
            : Document(response, context.TraceIdentifier);
        response.ContentLength = body.Length;
        if (!RequestMethod.IsHead(context.Request))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }

    private void SetHeaders(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.Vary = HeaderNames.Accept;
        headers.XContentTypeOptions = "nosniff";
        if (RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Allow is not null)
        {
            headers.Allow = Allow;
        }

        if (Location is not null)
        {
            headers.Location = Location;
        }

        if (Challenge is not null)
        {
            headers.WWWAuthenticate = Challenge;
        }

        if (CompleteLength is { } length)
        {
            headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
        }
    }

    private byte[] Document(HttpResponse response, string requestId)
    {
        response.ContentType = "application/problem+json";
        return JsonSerializer.SerializeToUtf8Bytes(
            new ProblemBody(TypePrefix + Code, Title, Status, Detail, requestId, Errors), ProblemJson.Default.ProblemBody);
    }
}

/// <summary>The JSON of a problem.</summary>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail, string RequestId, IReadOnlyList<FieldError>? Errors);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext;
