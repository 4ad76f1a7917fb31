using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security;
using System.Text;
using Egress.Storage.S3;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>
/// An S3 server in memory that accepts every key. s3rver stores objects as files, and therefore cannot store every key. This server can list
/// objects as S3 does, or like servers that support only version 1 of the listing.
/// </summary>
internal sealed class MemoryS3 : IAsyncDisposable
{
    private static readonly Comparer<string> Utf8Order = Comparer<string>.Create(
        static (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private StubStore _store = null!;

    public MemoryS3() => Uploads = new MemoryS3Uploads(_objects);

    /// <summary>The multipart uploads of the server.</summary>
    public MemoryS3Uploads Uploads { get; }

    /// <summary>Number of objects on a page of a listing.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>Whether the server returns every listing in the format of version 1, even if version 2 was requested.</summary>
    public bool OnlyVersion1 { get; init; }

    /// <summary>Whether the server supports <c>encoding-type=url</c>.</summary>
    public bool Encodes { get; init; } = true;

    /// <summary>The requests so far.</summary>
    public IReadOnlyCollection<string> Requests => _store.Requests;

    /// <summary>The options with which Egress uses this server.</summary>
    public S3Options Options => new() { Endpoint = _store.Endpoint, ForcePathStyle = true, AccessKeyId = "key", SecretAccessKey = "secret" };

    public async Task StartAsync() => _store = await StubStore.StartAsync(AnswerAsync);

    public void Put(string key, byte[] content) => _objects[key] = content;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    /// <summary>Returns the ETag of an object.</summary>
    public static string ETagOf(byte[] content) => $"\"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content))}\"";

    private Task AnswerAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0];
        if (!path.StartsWith("/bucket", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 404;
            return WriteAsync(context, "<Error><Code>NoSuchBucket</Code></Error>");
        }

        path = path is "/bucket" ? "" : path["/bucket/".Length..];
        if (MemoryS3Uploads.Handles(context))
        {
            return Uploads.AnswerAsync(context, Uri.UnescapeDataString(path));
        }

        return path.Length == 0 ? ListAsync(context) : SendAsync(context, Uri.UnescapeDataString(path));
    }

    private async Task SendAsync(HttpContext context, string key)
    {
        if (!_objects.TryGetValue(key, out var content))
        {
            context.Response.StatusCode = 404;
            await WriteAsync(context, "<Error><Code>NoSuchKey</Code></Error>");
            return;
        }

        context.Response.Headers.ETag = ETagOf(content);
        if (Uploads.Tokens.TryGetValue(key, out var token))
        {
            context.Response.Headers["x-amz-meta-egress-upload"] = token;
        }

        context.Response.Headers.LastModified = "Fri, 01 Nov 2024 10:00:00 GMT";
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes 0-{content.Length - 1}/{content.Length}";
            await context.Response.Body.WriteAsync(content);
        }
    }

    private Task ListAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return Task.CompletedTask;
        }

        var query = context.Request.Query;
        var prefix = query["prefix"].ToString();
        var after = OnlyVersion1 ? query["marker"].ToString() : query["continuation-token"].ToString();
        var keys = _objects.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && Utf8Order.Compare(key, after) > 0).Order(Utf8Order).ToList();
        var page = keys.Take(PageSize).ToList();
        var isTruncated = keys.Count > page.Count;
        var encodes = Encodes && query["encoding-type"] == "url";
        var text = new StringBuilder("<ListBucketResult>");
        text.Append(CultureInfo.InvariantCulture, $"<IsTruncated>{(isTruncated ? "true" : "false")}</IsTruncated>");
        text.Append(encodes ? "<EncodingType>url</EncodingType>" : "");
        if (isTruncated && !OnlyVersion1)
        {
            text.Append(CultureInfo.InvariantCulture, $"<NextContinuationToken>{SecurityElement.Escape(page[^1])}</NextContinuationToken>");
        }

        foreach (var key in page)
        {
            var name = encodes ? WebUtility.UrlEncode(key) : SecurityElement.Escape(key);
            text.Append(CultureInfo.InvariantCulture, $"<Contents><Key>{name}</Key><Size>{_objects[key].Length}</Size></Contents>");
        }

        return WriteAsync(context, text.Append("</ListBucketResult>").ToString());
    }

    private static Task WriteAsync(HttpContext context, string text) =>
        HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text);
}
