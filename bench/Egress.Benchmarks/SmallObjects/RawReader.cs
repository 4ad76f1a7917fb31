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
/// Reads objects with the least work that a .NET program can do: unsigned GETs with <see cref="HttpClient"/>, 32 at a time, and the CRC-32 of each
/// object. It is a server: each request to it starts one pass over a bucket.
/// </summary>
internal static class RawReader
{
    private const int AtATime = 32;

    /// <summary>Serves until it is killed.</summary>
    /// <param name="origin">The storage.</param>
    /// <param name="port">Port on loopback.</param>
    public static async Task RunAsync(string origin, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        using var http = new HttpClient { BaseAddress = new Uri(origin) };
        app.MapGet("/{name}", async (string name, HttpContext context) =>
            await ReadAsync(http, SmallObjectSets.All.Single(bucket => bucket.Name == name), context.RequestAborted));
        await app.StartAsync();
        Console.WriteLine("listening");
        await app.WaitForShutdownAsync();
    }

    private static async Task ReadAsync(HttpClient http, SimulatedBucket bucket, CancellationToken cancellationToken)
    {
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
            }
        }));
    }
}
