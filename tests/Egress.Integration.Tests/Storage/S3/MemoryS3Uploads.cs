using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>The multipart uploads of <see cref="MemoryS3"/>, conditions and aborts included, which s3rver does not know.</summary>
/// <param name="objects">Where completed uploads go.</param>
internal sealed class MemoryS3Uploads(ConcurrentDictionary<string, byte[]> objects)
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, byte[]>> _uploads = [];
    private int _last;

    /// <summary>Uploads that were neither completed nor aborted.</summary>
    public int Count => _uploads.Count;

    /// <summary>Whether a request belongs to an upload.</summary>
    public static bool Handles(HttpContext context) => context.Request.Query.ContainsKey("uploads") || context.Request.Query.ContainsKey("uploadId");

    public async Task AnswerAsync(HttpContext context, string key)
    {
        var query = context.Request.Query;
        if (query.ContainsKey("uploads"))
        {
            var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
            _uploads[id] = [];
            await context.Response.WriteAsync(
                $"<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
            return;
        }

        var upload = query["uploadId"].ToString();
        if (!_uploads.TryGetValue(upload, out var parts))
        {
            await RefuseAsync(context, 404, "NoSuchUpload");
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
            await context.Response.WriteAsync("<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>");
        }
    }

    private static async Task PutAsync(HttpContext context, ConcurrentDictionary<int, byte[]> parts, int number)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (context.Request.Headers.ContentMD5 != Convert.ToBase64String(Hash(body.ToArray())))
        {
            await RefuseAsync(context, 400, "BadDigest");
            return;
        }

        parts[number] = body.ToArray();
        context.Response.Headers.ETag = ETagOf(parts[number]);
    }

    /// <returns>The object; null if a part is not there, is another one, or is not in order.</returns>
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
#pragma warning disable CA5351 // What the protocol prescribes.
        return MD5.HashData(content);
#pragma warning restore CA5351
    }

    private static Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync($"<Error><Code>{code}</Code></Error>");
    }
}
