using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Egress.TestKit.Network;

/// <summary>An HTTP server on loopback that receives callbacks, records them, and sends the responses that the test chooses.</summary>
public sealed class CallbackReceiver : IAsyncDisposable
{
    private readonly Channel<ReceivedRequest> _received = Channel.CreateUnbounded<ReceivedRequest>();
    private readonly WebApplication _server;
    private int _connections;

    private CallbackReceiver(int port, Func<HttpContext, Task>? answer, X509Certificate2? certificate)
    {
        Port = port;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref _connections);
                return next(connection);
            });
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        _server = builder.Build();
        _server.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            await _received.Writer.WriteAsync(new ReceivedRequest($"{context.Request.Method} {context.Request.Path}", headers, body));
            await (answer?.Invoke(context) ?? Task.CompletedTask);
        });
    }

    /// <summary>The port of the receiver on loopback.</summary>
    public int Port { get; }

    /// <summary>The callback URL of the receiver.</summary>
    public string Url => $"http://127.0.0.1:{Port}/hook";

    /// <summary>Number of connections that clients opened to the receiver so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Starts a receiver.</summary>
    /// <param name="answer">Writes the response; null to respond with 200.</param>
    /// <param name="port">The port; null for a free one.</param>
    /// <param name="certificate">Certificate with its key, for HTTPS; null for HTTP.</param>
    public static async Task<CallbackReceiver> StartAsync(Func<HttpContext, Task>? answer = null, int? port = null, X509Certificate2? certificate = null)
    {
        var receiver = new CallbackReceiver(port ?? FreePort.Next(), answer, certificate);
        await receiver._server.StartAsync();
        return receiver;
    }

    /// <summary>Returns the next received request, and waits for it if necessary.</summary>
    public ValueTask<ReceivedRequest> NextAsync(CancellationToken cancellationToken) => _received.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _server.DisposeAsync();
}

/// <summary>A request that the receiver got.</summary>
/// <param name="Line">Method and path.</param>
/// <param name="Headers">The headers, by name without regard to case.</param>
/// <param name="Body">The body.</param>
public sealed record ReceivedRequest(string Line, IReadOnlyDictionary<string, string> Headers, string Body);
