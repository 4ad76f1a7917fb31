using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Benchmarks.Http;

/// <summary>A server that sends finished files with Kestrel. Its speed is the upper limit for archives.</summary>
internal static class FileServer
{
    /// <summary>Runs the server until the process is killed.</summary>
    /// <param name="folder">Folder with the files.</param>
    /// <param name="port">Port on loopback.</param>
    public static async Task RunAsync(string folder, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        app.MapGet("/{name}", (string name, HttpContext context) =>
        {
            var file = new FileInfo(Path.Combine(folder, Path.GetFileName(name)));
            context.Response.ContentType = "application/zip";
            context.Response.ContentLength = file.Length;
            return context.Response.SendFileAsync(file.FullName, context.RequestAborted);
        });
        await app.StartAsync();
        Console.WriteLine("listening");
        await app.WaitForShutdownAsync();
    }
}
