using System.Collections.Concurrent;
using System.Net;
using Egress.TestKit;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>A receiver of OTLP over HTTP (protobuf) on loopback, like a collector. It records spans and the names of metrics.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly int _port = FreePort.Next();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        _server = builder.Build();
        _server.Run(TakeAsync);
    }

    public ConcurrentQueue<OtlpSpan> Spans { get; } = [];

    public ConcurrentDictionary<string, bool> Metrics { get; } = [];

    /// <summary>Environment variables with which an exporter sends to this receiver without delay.</summary>
    public (string, string?)[] Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{_port}"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "300"),
    ];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._server.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);

        // The field numbers are from opentelemetry-proto: resource (1), scope (2), spans or metrics (2).
        var items = Fields(body.ToArray(), 1).SelectMany(static resource => Fields(resource, 2)).SelectMany(static scope => Fields(scope, 2));
        foreach (var item in items)
        {
            if (context.Request.Path == "/v1/traces")
            {
                Spans.Enqueue(OtlpSpan.Read(item));
            }
            else
            {
                Metrics[Text(Fields(item, 1).Single())] = true;
            }
        }

        context.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>Returns the values of a length-delimited field in a protobuf message.</summary>
    internal static List<byte[]> Fields(byte[] message, int number)
    {
        var input = new CodedInputStream(message);
        var found = new List<byte[]>();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag == WireFormat.MakeTag(number, WireFormat.WireType.LengthDelimited))
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }

    internal static string Text(byte[] field) => System.Text.Encoding.UTF8.GetString(field);
}

/// <summary>A received span.</summary>
/// <param name="Name">Name of the span.</param>
/// <param name="TraceId">Id of the trace, in hex.</param>
/// <param name="Id">Id of the span, in hex.</param>
/// <param name="ParentId">Id of the parent span, in hex; empty for a root span.</param>
/// <param name="Attributes">The attributes with text values.</param>
internal sealed record OtlpSpan(string Name, string TraceId, string Id, string ParentId, IReadOnlyDictionary<string, string> Attributes)
{
    public static OtlpSpan Read(byte[] span) => new(
        OtlpReceiver.Text(OtlpReceiver.Fields(span, 5).Single()),
        Hex(span, 1),
        Hex(span, 2),
        Hex(span, 4),
        (from attribute in OtlpReceiver.Fields(span, 9)
         let value = OtlpReceiver.Fields(OtlpReceiver.Fields(attribute, 2).Single(), 1)
         where value.Count == 1
         select KeyValuePair.Create(OtlpReceiver.Text(OtlpReceiver.Fields(attribute, 1).Single()), OtlpReceiver.Text(value[0]))).ToDictionary());

    private static string Hex(byte[] span, int field) => Convert.ToHexStringLower(OtlpReceiver.Fields(span, field).FirstOrDefault() ?? []);
}
