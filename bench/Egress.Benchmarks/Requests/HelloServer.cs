using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Benchmarks.Requests;

/// <summary>A server that sends the same bytes from memory for each request, with Kestrel. Its cost is the lower limit for requests.</summary>
internal static class HelloServer
{
    /// <summary>Runs the server until the process is killed.</summary>
    /// <param name="port">Port on loopback.</param>
    public static async Task RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        var content = Archive();
        app.MapGet("/", (HttpContext context) =>
        {
            context.Response.ContentType = "application/zip";
            context.Response.ContentLength = content.Length;
            return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
        });
        await app.StartAsync();
        Console.WriteLine("listening");
        await app.WaitForShutdownAsync();
    }

    private static byte[] Archive()
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var content = archive.CreateEntry("hello.txt", CompressionLevel.NoCompression).Open();
            content.Write("Hello"u8);
        }

        return bytes.ToArray();
    }
}
