using System.IO.Hashing;
using System.Net;
using Egress.Benchmarks.Remote;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Benchmarks.SmallObjects;

/// <summary>
/// A server whose requests each read all objects of a bucket once, with the least work that a .NET program can do: unsigned GET requests with
/// <see cref="HttpClient"/>, 32 at a time, and the CRC-32 of each object. With <c>send</c> in the query it also sends the content, as a server of
/// archives must.
/// </summary>
internal static class RawReader
{
    private const int AtATime = 32;

    /// <summary>Runs the server until the process is killed.</summary>
    /// <param name="origin">URL of the storage.</param>
    /// <param name="port">Port on loopback.</param>
    public static async Task RunAsync(string origin, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        using var http = new HttpClient { BaseAddress = new Uri(origin) };
        app.MapGet("/{name}", async (string name, HttpContext context) =>
        {
            var bucket = SmallObjectSets.All.Single(bucket => bucket.Name == name);
            var sends = context.Request.Query.ContainsKey("send");
            context.Response.ContentLength = sends ? bucket.Size * bucket.Keys.Count : 0;
            await ReadAsync(http, bucket, sends ? context.Response.Body : Stream.Null, context.RequestAborted);
        });
        await app.StartAsync();
        Console.WriteLine("listening");
        await app.WaitForShutdownAsync();
    }

    private static async Task ReadAsync(HttpClient http, SimulatedBucket bucket, Stream output, CancellationToken cancellationToken)
    {
        using var turn = new SemaphoreSlim(1);
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(async _ =>
        {
            var buffer = new byte[bucket.Size];
            while (Interlocked.Increment(ref next) is var index && index < bucket.Keys.Count)
            {
                using var response = await http.GetAsync(
                    $"/{bucket.Name}/{bucket.Keys[index]}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
                await body.ReadExactlyAsync(buffer, cancellationToken);
                Crc32.HashToUInt32(buffer);
                if (output != Stream.Null)
                {
                    await turn.WaitAsync(cancellationToken);
                    await output.WriteAsync(buffer, cancellationToken);
                    turn.Release();
                }
            }
        }));
    }
}
