using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>The multipart uploads of <see cref="MemoryS3"/>, with conditions and aborts, which s3rver does not support.</summary>
/// <param name="objects">Receives the completed uploads.</param>
internal sealed class MemoryS3Uploads(ConcurrentDictionary<string, byte[]> objects)
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, byte[]>> _uploads = [];
    private readonly ConcurrentDictionary<string, (string Key, DateTimeOffset At, string Token)> _begun = [];
    private int _last;

    /// <summary>The tokens in the metadata of uploaded objects, by key.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = [];

    /// <summary>The status and the error code with which copies of parts are refused; null to copy.</summary>
    public (int Status, string Code)? RefusesCopies { get; set; }

    /// <summary>Whether parts are stored with other bytes than were sent.</summary>
    public bool DamagesParts { get; set; }

    /// <summary>The body of a response with status 200 that does not complete the upload; null to complete uploads.</summary>
    public string? CompletesWith { get; set; }

    /// <summary>Number of uploads that are neither completed nor aborted.</summary>
    public int Count => _uploads.Count;

    /// <summary>Whether a request belongs to an upload.</summary>
    public static bool Handles(HttpContext context) => context.Request.Query.ContainsKey("uploads") || context.Request.Query.ContainsKey("uploadId");

    public async Task AnswerAsync(HttpContext context, string key)
    {
        var query = context.Request.Query;
        if (query.ContainsKey("uploads") && HttpMethods.IsGet(context.Request.Method))
        {
            await ListAsync(context, query["prefix"].ToString());
            return;
        }

        if (query.ContainsKey("uploads"))
        {
            var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
            _uploads[id] = [];
            _begun[id] = (key, DateTimeOffset.UtcNow, context.Request.Headers["x-amz-meta-egress-upload"].ToString());
            await context.Response.WriteAsync(
                $"<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
            return;
        }

        var upload = query["uploadId"].ToString();
        if (!_uploads.TryGetValue(upload, out var parts))
        {
            await RefuseAsync(context, 404, "NoSuchUpload");
        }
        else if (HttpMethods.IsPut(context.Request.Method) && context.Request.Headers.ContainsKey("x-amz-copy-source"))
        {
            await CopyAsync(context, parts, int.Parse(query["partNumber"].ToString(), CultureInfo.InvariantCulture));
        }
        else if (HttpMethods.IsPut(context.Request.Method))
        {
            await PutAsync(context, parts, int.Parse(query["partNumber"].ToString(), CultureInfo.InvariantCulture));
        }
        else if (HttpMethods.IsDelete(context.Request.Method))
        {
            _uploads.TryRemove(upload, out _);
            context.Response.StatusCode = 204;
        }
        else if (CompletesWith is { } text)
        {
            await context.Response.WriteAsync(text);
        }
        else if (await TryJoinAsync(context, parts) is not { } whole)
        {
            await RefuseAsync(context, 400, "InvalidPart");
        }
        else if (context.Request.Headers.IfNoneMatch == "*" ? !objects.TryAdd(key, whole) : (objects[key] = whole) is null)
        {
            await RefuseAsync(context, 412, "PreconditionFailed");
        }
        else
        {
            _uploads.TryRemove(upload, out _);
            Tokens[key] = _begun[upload].Token;
            await context.Response.WriteAsync("<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>");
        }
    }

    /// <summary>Implements "ListMultipartUploads", with one upload on each page.</summary>
    private Task ListAsync(HttpContext context, string prefix)
    {
        var after = context.Request.Query["upload-id-marker"].ToString();
        var all = _uploads.Keys.Where(id => _begun[id].Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(static id => int.Parse(id, CultureInfo.InvariantCulture)).ToList();
        var page = all.Where(id => after.Length == 0 || int.Parse(id, CultureInfo.InvariantCulture) > int.Parse(after, CultureInfo.InvariantCulture)).ToList();
        var text = new StringBuilder("<ListMultipartUploadsResult>");
        text.Append(CultureInfo.InvariantCulture, $"<IsTruncated>{(page.Count > 1 ? "true" : "false")}</IsTruncated>");
        foreach (var id in page.Take(1))
        {
            text.Append(CultureInfo.InvariantCulture, $"<NextKeyMarker>{_begun[id].Key}</NextKeyMarker><NextUploadIdMarker>{id}</NextUploadIdMarker>");
            text.Append(CultureInfo.InvariantCulture, $"<Upload><Key>{_begun[id].Key}</Key><UploadId>{id}</UploadId><Initiated>{_begun[id].At:yyyy-MM-ddTHH:mm:ss.fffZ}</Initiated></Upload>");
        }

        return context.Response.WriteAsync(text.Append("</ListMultipartUploadsResult>").ToString());
    }

    private async Task PutAsync(HttpContext context, ConcurrentDictionary<int, byte[]> parts, int number)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (DamagesParts)
        {
            body.GetBuffer()[0] ^= 1;
        }

        if (context.Request.Headers["x-amz-content-sha256"] != Convert.ToHexStringLower(SHA256.HashData(body.ToArray())))
        {
            await RefuseAsync(context, 400, "XAmzContentSHA256Mismatch");
            return;
        }

        parts[number] = body.ToArray();
        context.Response.Headers.ETag = ETagOf(parts[number]);
    }

    /// <summary>Implements "UploadPartCopy".</summary>
    private async Task CopyAsync(HttpContext context, ConcurrentDictionary<int, byte[]> parts, int number)
    {
        var headers = context.Request.Headers;
        var source = Uri.UnescapeDataString(headers["x-amz-copy-source"].ToString()).TrimStart('/').Split('/', 2);
        var range = headers["x-amz-copy-source-range"].ToString().Split('=', '-').Skip(1).Select(static text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (RefusesCopies is { } refusal)
        {
            await RefuseAsync(context, refusal.Status, refusal.Code);
        }
        else if (source is not ["bucket", var key] || !objects.TryGetValue(key, out var content))
        {
            await RefuseAsync(context, 404, "NoSuchKey");
        }
        else if (headers["x-amz-copy-source-if-match"] != MemoryS3.ETagOf(content))
        {
            await RefuseAsync(context, 412, "PreconditionFailed");
        }
        else if (range[1] >= content.Length || range[1] < range[0])
        {
            await RefuseAsync(context, 400, "InvalidArgument");
        }
        else
        {
            parts[number] = content[range[0]..(range[1] + 1)];
            await context.Response.WriteAsync($"<CopyPartResult><ETag>{ETagOf(parts[number]).Replace("\"", "&quot;", StringComparison.Ordinal)}</ETag></CopyPartResult>");
        }
    }

    /// <returns>The object; null if a part is missing, has another ETag, or is out of order.</returns>
    private static async Task<byte[]?> TryJoinAsync(HttpContext context, ConcurrentDictionary<int, byte[]> parts)
    {
        var named = (await XDocument.LoadAsync(context.Request.Body, LoadOptions.None, context.RequestAborted)).Descendants()
            .Where(element => element.Name.LocalName == "Part")
            .Select(part => part.Elements().ToDictionary(element => element.Name.LocalName, element => element.Value))
            .Select(part => (Number: int.Parse(part["PartNumber"], CultureInfo.InvariantCulture), ETag: part["ETag"]))
            .ToList();
        return named.Zip(named.Skip(1)).All(pair => pair.First.Number < pair.Second.Number)
            && named.TrueForAll(part => parts.TryGetValue(part.Number, out var content) && ETagOf(content) == part.ETag)
            ? [.. named.SelectMany(part => parts[part.Number])]
            : null;
    }

    private static string ETagOf(byte[] content) => $"\"{Convert.ToHexStringLower(Hash(content))}\"";

    private static byte[] Hash(byte[] content)
    {
#pragma warning disable CA5351 // The protocol prescribes MD5.
        return MD5.HashData(content);
#pragma warning restore CA5351
    }

    private static Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync($"<Error><Code>{code}</Code></Error>");
    }
}
