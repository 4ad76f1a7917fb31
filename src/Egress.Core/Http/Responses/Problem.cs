using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Responses;

/// <summary>An error as the public sees it (RFC 9457).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code; <c>type</c> is <c>urn:egress:problem:</c> and this.</param>
/// <param name="Title">The kind of problem, always the same for a code.</param>
/// <param name="Detail">What the reader can do about it. Never a bucket, key, host or path.</param>
internal sealed record Problem(int Status, string Code, string Title, string Detail)
{
    private const string TypePrefix = "urn:egress:problem:";

    /// <summary>Seconds that the client should wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Methods for <c>Allow</c>, where the method is what is wrong.</summary>
    public string? Allow { get; init; }

    /// <summary>For <c>WWW-Authenticate</c>, where credentials are what is missing.</summary>
    public string? Challenge { get; init; }

    /// <summary>Length of the whole for <c>Content-Range</c>, where the range is what is wrong.</summary>
    public long? CompleteLength { get; init; }

    /// <summary>Answers a request with this problem. The response must not have started.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.Clear();
        response.Headers[RequestId.Header] = context.TraceIdentifier;
        response.StatusCode = Status;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (Allow is not null)
        {
            response.Headers.Allow = Allow;
        }

        if (Challenge is not null)
        {
            response.Headers.WWWAuthenticate = Challenge;
        }

        if (CompleteLength is { } length)
        {
            response.Headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemBody(TypePrefix + Code, Title, Status, Detail, context.TraceIdentifier), ProblemJson.Default.ProblemBody);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }
}

/// <summary>The JSON of a problem.</summary>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail, string RequestId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext;
