using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Egress.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Functions.Tests;

/// <summary>Simulates the ingestion endpoint of Application Insights. Receives telemetry as JSON lines, compressed or not.</summary>
internal sealed class TelemetryReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonElement> _items = [];
    private readonly int _port = FreePort.Next();
    private readonly WebApplication _server;

    private TelemetryReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Services.AddRequestDecompression();
        _server = builder.Build();
        _server.UseRequestDecompression();
        _server.Run(ReceiveAsync);
    }

    /// <summary>The settings with which an app sends its telemetry to this receiver.</summary>
    public (string Name, string Value)[] Settings =>
    [
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.Empty};IngestionEndpoint=http://127.0.0.1:{_port}/"),
        ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"),
    ];

    public static async Task<TelemetryReceiver> StartAsync()
    {
        var receiver = new TelemetryReceiver();
        await receiver._server.StartAsync();
        return receiver;
    }

    /// <summary>Waits for an item that matches, and returns it. Items that have already arrived count.</summary>
    /// <param name="isWanted">Returns whether an item matches.</param>
    /// <param name="what">Description of the item for the error message.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    public async Task<JsonElement> FindAsync(Func<JsonElement, bool> isWanted, string what, CancellationToken cancellationToken)
    {
        var items = await Eventually.UntilAsync(
            () => Task.FromResult(_items.ToArray()), items => items.Any(isWanted), what, static items => string.Join('\n', items), cancellationToken);
        return items.First(isWanted);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var count = 0;
        while (await reader.ReadLineAsync(context.RequestAborted) is { Length: > 0 } line)
        {
            _items.Enqueue(JsonElement.Parse(line));
            count++;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"itemsReceived":{{count}},"itemsAccepted":{{count}},"errors":[]}""", context.RequestAborted);
    }
}
