using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime.Internal.Auth;
using Egress.Storage.S3;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>An S3 server in memory that checks signatures as S3 does, with code of the SDK. A test can replace its responses.</summary>
internal sealed class SigningS3 : IAsyncDisposable
{
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(15);

    private readonly ConcurrentQueue<(string Path, bool IsFromSdk, bool IsSigned)> _reads = [];
    private StubStore _store = null!;

    /// <summary>The URL of the server.</summary>
    public Uri Endpoint => _store.Endpoint;

    /// <summary>The objects by the percent-encoded path of their URL.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>The id, secret and session token that are accepted; null if requests must not be signed.</summary>
    public (string Id, string Secret, string? Token)? Credentials { get; set; } = ("id", "secret", null);

    /// <summary>How far the server's clock is ahead of the real time.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Responds to a GET request in place of the server; returns false to let the server respond.</summary>
    public Func<HttpContext, bool> Instead { get; set; } = static _ => false;

    /// <summary>The GET requests so far.</summary>
    public IReadOnlyCollection<(string Path, bool IsFromSdk, bool IsSigned)> Reads => _reads;

    /// <summary>The options with which Egress uses this server.</summary>
    public S3Options Options => new()
    {
        Endpoint = Endpoint,
        Region = "eu-x",
        ForcePathStyle = true,
        AccessKeyId = "id",
        SecretAccessKey = "secret",
    };

    public async Task StartAsync() => _store = await StubStore.StartAsync(AnswerAsync);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        var headers = context.Request.Headers;
        _reads.Enqueue((path, headers.UserAgent.ToString().Contains("aws-sdk", StringComparison.Ordinal), headers.Authorization.Count > 0));
        return Instead(context) ? Task.CompletedTask
            : WhyRefused(context.Request, path) is var (status, code) ? RefuseAsync(context, status, code)
            : SendAsync(context, path);
    }

    private (int Status, string Code)? WhyRefused(HttpRequest request, string path)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (Credentials is not { } accepted)
        {
            return authorization.Length > 0 ? (403, "InvalidAccessKeyId") : null;
        }

        if (authorization.Length == 0)
        {
            return (403, "AccessDenied");
        }

        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var credential = parts["Credential"].Split('/');
        var time = DateTime.ParseExact(
            request.Headers["x-amz-date"].ToString(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        var names = parts["SignedHeaders"];
        var mustBeSigned = request.Headers.Keys.Where(name => name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)).Append("host");
        var lines = string.Concat(names.Split(';').Select(name => $"{name}:{request.Headers[name]}\n"));
        var canonical = $"{request.Method}\n{path}\n\n{lines}\n{names}\n{request.Headers["x-amz-content-sha256"]}";
        var signature = AWS4Signer.ComputeSignature(credential[0], accepted.Secret, "eu-x", time, "s3", names, canonical).Signature;
        return credential[0] != accepted.Id ? (403, "InvalidAccessKeyId")
            : !mustBeSigned.All(name => names.Split(';').Contains(name.ToLowerInvariant())) || signature != parts["Signature"] ? (403, "SignatureDoesNotMatch")
            : request.Headers["x-amz-security-token"].ToString() != (accepted.Token ?? "") ? (400, "ExpiredToken")
            : (time - (DateTime.UtcNow + Skew)).Duration() > MostSkew ? (403, "RequestTimeTooSkewed")
            : null;
    }

    private Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Date = (DateTime.UtcNow + Skew).ToString("R", CultureInfo.InvariantCulture);
        return context.Response.WriteAsync($"<Error><Code>{code}</Code><Message>No.</Message></Error>");
    }

    private Task SendAsync(HttpContext context, string path)
    {
        if (!Objects.TryGetValue(path, out var content))
        {
            return RefuseAsync(context, 404, "NoSuchKey");
        }

        var response = context.Response;
        response.StatusCode = 206;
        response.ContentLength = content.Length;
        response.ContentType = "image/jpeg";
        response.Headers.ETag = "\"v\"";
        response.Headers.LastModified = "Fri, 01 Nov 2024 10:00:00 GMT";
        response.Headers.ContentRange = $"bytes 0-{content.Length - 1}/{content.Length}";
        return response.Body.WriteAsync(content).AsTask();
    }
}
