using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Egress.Benchmarks.Engine;
using Egress.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Benchmarks.Remote;

/// <summary>
/// A simulated storage with the part of S3 that Egress reads with (GET with ranges, HEAD, ListObjectsV2) and multipart uploads. Latency and the rate
/// of each connection are configurable. It also understands requests in the format of Azure.
/// </summary>
internal sealed partial class SimulatedS3 : IAsyncDisposable
{
    private const int PageSize = 1000;
    private const int Piece = 64 << 10;

    private static readonly DateTimeOffset Modified = new(2024, 5, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly XNamespace Names = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly Dictionary<string, SimulatedBucket> _buckets;
    private readonly TimeSpan _latency;
    private readonly double _bytesPerSecond;
    private readonly byte[] _content = SampleContent.Random(4 << 20);
    private readonly WebApplication _app;
    private readonly SimulatedUploads _uploads = new();
    private int _requests;
    private long _bytesSent;

    private SimulatedS3(IEnumerable<SimulatedBucket> buckets, TimeSpan latency, double bytesPerSecond, int port)
    {
        _buckets = buckets.ToDictionary(static bucket => bucket.Name);
        _latency = latency;
        _bytesPerSecond = bytesPerSecond;
        Endpoint = new Uri($"http://127.0.0.1:{port}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>The URL of the storage.</summary>
    public Uri Endpoint { get; }

    /// <summary>Number of object bytes sent so far.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Number of part bytes received so far.</summary>
    public long BytesReceived => _uploads.BytesReceived;

    /// <summary>Number of requests so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Starts the storage.</summary>
    /// <param name="buckets">The buckets.</param>
    /// <param name="latency">The latency of every request.</param>
    /// <param name="bytesPerSecond">The rate of each connection.</param>
    /// <param name="port">The port; null for a free one.</param>
    public static async Task<SimulatedS3> StartAsync(IEnumerable<SimulatedBucket> buckets, TimeSpan latency, double bytesPerSecond, int? port = null)
    {
        var server = new SimulatedS3(buckets, latency, bytesPerSecond, port ?? FreePort.Next());
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Serves until the process is shut down.</summary>
    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        await Task.Delay(_latency, context.RequestAborted);
        var isAzure = SimulatedAzure.IsRequest(context.Request);
        var path = isAzure ? SimulatedAzure.PathOf(context.Request) : context.Request.Path.Value!.Split('/', 3);
        var key = path.ElementAtOrDefault(2) ?? "";
        if (path[1] == SimulatedUploads.Bucket)
        {
            await _uploads.AnswerAsync(context, key, PaceOf(context));
        }
        else if (!_buckets.TryGetValue(path[1], out var bucket) || (key != "" && !bucket.Has(key)))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await WriteAsync(context, new XElement("Error", new XElement("Code", key == "" ? "NoSuchBucket" : "NoSuchKey")));
        }
        else if (key != "")
        {
            await SendObjectAsync(context, bucket);
        }
        else if (HttpMethods.IsGet(context.Request.Method))
        {
            await WriteAsync(context, isAzure ? SimulatedAzure.List(bucket, context.Request.Query, Modified, ETag(bucket)) : List(bucket, context.Request.Query));
        }
    }

    private static XElement List(SimulatedBucket bucket, IQueryCollection query)
    {
        var after = query["continuation-token"].FirstOrDefault() ?? query["start-after"].FirstOrDefault();
        var wanted = int.TryParse(query["max-keys"], CultureInfo.InvariantCulture, out var max) ? Math.Min(max, PageSize) : PageSize;
        var keys = bucket.KeysAfter(query["prefix"].FirstOrDefault() ?? "", after).Take(wanted + 1).ToList();
        var page = keys.Take(wanted).ToList();
        return new XElement(
            Names + "ListBucketResult",
            new XElement(Names + "Name", bucket.Name),
            new XElement(Names + "KeyCount", page.Count),
            new XElement(Names + "MaxKeys", wanted),
            new XElement(Names + "IsTruncated", keys.Count > page.Count),
            keys.Count > page.Count ? new XElement(Names + "NextContinuationToken", page[^1]) : null,
            page.Select(key => new XElement(
                Names + "Contents",
                new XElement(Names + "Key", key),
                new XElement(Names + "LastModified", Modified.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
                new XElement(Names + "ETag", ETag(bucket)),
                new XElement(Names + "Size", bucket.Size))));
    }

    private async Task SendObjectAsync(HttpContext context, SimulatedBucket bucket)
    {
        var response = context.Response;
        var (from, to) = (0L, bucket.Size - 1);
        var wanted = context.Request.Headers["x-ms-range"].FirstOrDefault() ?? context.Request.Headers.Range.ToString();
        if (Range().Match(wanted) is { Success: true } range)
        {
            from = long.Parse(range.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            to = range.Groups[2].Length > 0 ? Math.Min(to, long.Parse(range.Groups[2].ValueSpan, CultureInfo.InvariantCulture)) : to;
            response.StatusCode = from > to ? StatusCodes.Status416RangeNotSatisfiable : StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{to}/{bucket.Size}";
        }

        response.ContentLength = Math.Max(0, to - from + 1);
        response.ContentType = "application/octet-stream";
        response.Headers.ETag = ETag(bucket);
        if (bucket.Crc32 is { } crc)
        {
            response.Headers["x-amz-checksum-crc32"] = crc;
            response.Headers["x-amz-checksum-type"] = "FULL_OBJECT";
        }

        response.Headers.LastModified = Modified.ToString("R", CultureInfo.InvariantCulture);
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await SendAsync(context, from, to + 1);
        }
    }

    /// <summary>Sends object bytes at the rate of one connection. A reused connection keeps its rate limit.</summary>
    private async Task SendAsync(HttpContext context, long from, long end)
    {
        var pace = PaceOf(context);
        for (var position = from; position < end;)
        {
            var start = (int)(position % _content.Length);
            var length = (int)Math.Min(Math.Min(Piece, end - position), _content.Length - start);
            await pace.WaitAsync(length, context.RequestAborted);
            await context.Response.BodyWriter.WriteAsync(_content.AsMemory(start, length), context.RequestAborted);
            position += length;
            Interlocked.Add(ref _bytesSent, length);
        }
    }

    private ConnectionPace PaceOf(HttpContext context)
    {
        var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
        items.TryAdd(typeof(ConnectionPace), new ConnectionPace(_bytesPerSecond));
        return (ConnectionPace)items[typeof(ConnectionPace)]!;
    }

    private static Task WriteAsync(HttpContext context, XElement document)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync(document.ToString(SaveOptions.DisableFormatting), context.RequestAborted);
    }

    private static string ETag(SimulatedBucket bucket) => $"\"{bucket.Name}-{bucket.Size:x}\"";

    [GeneratedRegex(@"^bytes=(\d+)-(\d*)$")]
    private static partial Regex Range();
}
