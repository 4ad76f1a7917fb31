using System.Buffers.Binary;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Egress.TestKit.Functions;

/// <summary>The gRPC call <c>EventStream</c>, which the worker opens. All messages in both directions are sent over it.</summary>
/// <remarks>A frame consists of a byte for compression, the length as four bytes (big-endian), and the message (gRPC over HTTP/2).</remarks>
internal sealed class EventStream(HttpContext context, RpcCodec codec)
{
    /// <summary>The request path of the call.</summary>
    public const string Path = "/AzureFunctionsRpcMessages.FunctionRpc/EventStream";

    private const int FrameHeader = 5;

    private readonly Channel<JsonObject> _outgoing = Channel.CreateUnbounded<JsonObject>();

    /// <summary>Sends a message. Does nothing if the worker has exited.</summary>
    /// <param name="kind">Name of the field of <c>StreamingMessage</c> that holds the message.</param>
    /// <param name="content">The message.</param>
    public void Send(string kind, JsonObject content) =>
        _outgoing.Writer.TryWrite(new JsonObject { ["requestId"] = Guid.NewGuid().ToString(), [kind] = content });

    /// <summary>Receives messages until the worker closes the call or exits. Drops empty messages, which the worker sends after a cancellation.</summary>
    /// <param name="receive">Called with the kind and the content of each message.</param>
    public async Task RunAsync(Action<string, JsonObject> receive)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.StartAsync(context.RequestAborted);
        var sending = SendAsync();
        try
        {
            var header = new byte[FrameHeader];
            while (await context.Request.Body.ReadAtLeastAsync(header, FrameHeader, throwOnEndOfStream: false, context.RequestAborted) == FrameHeader)
            {
                var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
                await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
                if (codec.Decode(body).SingleOrDefault(static field => field.Key != "requestId") is (var kind, { } content))
                {
                    receive(kind, content.AsObject());
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The worker exited without closing the call.
        }
        finally
        {
            _outgoing.Writer.TryComplete();
        }

        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SendAsync()
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(context.RequestAborted))
        {
            var body = codec.Encode(message);
            var frame = new byte[FrameHeader + body.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
            body.CopyTo(frame, FrameHeader);
            await context.Response.Body.WriteAsync(frame, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
