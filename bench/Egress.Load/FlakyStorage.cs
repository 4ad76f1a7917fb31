using System.Globalization;
using System.Net;
using Egress.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Egress.Load;

/// <summary>
/// A storage in memory with the part of S3 that Egress uses. It can be made to fail. Every object exists and has the same size. A real server would
/// take too much processor time from the measured one.
/// </summary>
internal sealed class FlakyStorage : IAsyncDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, LoadPlan.FileSize).Select(static i => (byte)(i * 31))];

    private readonly WebApplication _server;
    private readonly int _port = FreePort.Next();
    private volatile bool _fails;

    private FlakyStorage()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        _server = builder.Build();
        _server.Run(AnswerAsync);
    }

    /// <summary>The settings of an Egress server that uses this storage.</summary>
    public (string Name, string? Value)[] Settings =>
    [
        ("DB_URL", "sqlite:{folder}/data/egress.db"),
        ("S3_ENDPOINT", $"http://127.0.0.1:{_port}"),
        ("S3_ACCESS_KEY_ID", "load"),
        ("S3_SECRET_ACCESS_KEY", "load"),
        // The heap limit in a container of 1 GiB: the runtime uses three quarters of the memory.
        ("DOTNET_GCHeapHardLimit", "0x30000000"),

        // Smaller than an archive, so that the outage affects running downloads.
        ("DOWNLOAD_MEMORY", "2M"),
    ];

    /// <summary>Whether the storage returns 500 and aborts running responses.</summary>
    public bool Fails
    {
        get => _fails;
        set => _fails = value;
    }

    public static async Task<FlakyStorage> StartAsync()
    {
        var storage = new FlakyStorage();
        await storage._server.StartAsync();
        return storage;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        if (_fails)
        {
            response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        if (context.Request.Path == "/")
        {
            response.ContentType = "application/xml";
            await response.WriteAsync("<ListAllMyBucketsResult><Owner><ID>load</ID></Owner><Buckets/></ListAllMyBucketsResult>");
            return;
        }

        var (from, to) = RangeOf(context.Request);
        response.StatusCode = context.Request.Headers.Range.Count > 0 ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
        response.Headers.ETag = "\"load\"";
        response.Headers.LastModified = "Thu, 01 Jan 2026 00:00:00 GMT";
        response.Headers.ContentRange = response.StatusCode == 206 ? $"bytes {from}-{to}/{Content.Length}" : default;
        response.ContentLength = to - from + 1;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await SendAsync(context, Content.AsMemory(from, to - from + 1));
        }
    }

    private async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        const int piece = 64 << 10;
        for (var sent = 0; sent < bytes.Length; sent += piece)
        {
            if (_fails)
            {
                context.Abort();
                return;
            }

            await context.Response.BodyWriter.WriteAsync(bytes[sent..Math.Min(sent + piece, bytes.Length)], context.RequestAborted);
        }
    }

    private static (int From, int To) RangeOf(HttpRequest request)
    {
        if (request.Headers.Range.ToString() is not { Length: > 0 } range)
        {
            return (0, Content.Length - 1);
        }

        var parts = range["bytes=".Length..].Split('-');
        var to = parts[1].Length > 0 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : Content.Length - 1;
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), Math.Min(to, Content.Length - 1));
    }
}
