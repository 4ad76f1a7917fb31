using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Yarp.ReverseProxy.Forwarder;

namespace Egress.TestKit.Functions;

/// <summary>Handles HTTP requests like the Functions host: selects the function, forwards the request to the worker, and invokes the function.</summary>
/// <param name="forwarder">Forwards requests.</param>
/// <param name="constraints">Resolves the constraints in routes.</param>
/// <param name="worker">Completes with the worker after its functions were loaded.</param>
internal sealed class HttpFront(IHttpForwarder forwarder, IInlineConstraintResolver constraints, Func<Task<WorkerConnection>> worker) : IDisposable
{
    /// <summary>The header by which the worker assigns a request to an invocation.</summary>
    private const string InvocationId = "x-ms-invocation-id";

    /// <summary>After this time without bytes the host aborts a request.</summary>
    private static readonly ForwarderRequestConfig Limits = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly ConcurrentDictionary<HttpContext, byte> _requests = [];

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectCallback = ConnectAsync,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        UseCookies = false,
        UseProxy = false,
    });

    /// <summary>Handles one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        _requests[context] = 0;
        try
        {
            await ForwardAsync(context);
        }
        finally
        {
            _requests.TryRemove(context, out _);
        }
    }

    /// <summary>Disconnects every client, as a host does at the end of its drain time.</summary>
    public void DisconnectClients()
    {
        foreach (var context in _requests.Keys)
        {
            context.Abort();
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ForwardAsync(HttpContext context)
    {
        var connection = await worker().WaitAsync(context.RequestAborted);
        if (Match(context, connection.Functions.Values) is not { } function)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // Like the host, this code forwards the request before it sends the invocation. A client that disconnects cancels both.
        var id = Guid.NewGuid().ToString();
        context.Request.Headers[InvocationId] = id;
        var forwarding = forwarder.SendAsync(context, (string)connection.Capabilities["HttpUri"]!, _client, Limits).AsTask();
        var result = await connection.InvokeAsync(function, id, new JsonObject { ["http"] = new JsonObject() }, context.RequestAborted, context.Request.Headers.TraceParent);
        await forwarding;
        if (!result.Succeeded && context.Response.HasStarted)
        {
            context.Abort();
        }
    }

    /// <summary>
    /// Connects to the worker. A worker loads its functions before it listens, so this code retries a refused connection, as the host does.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                socket.Dispose();
                await pause.WaitForNextTickAsync(cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Returns the first function, in the order of the names, whose route, constraints and methods match.</summary>
    private WorkerFunction? Match(HttpContext context, IEnumerable<WorkerFunction> functions) => functions
        .Where(static function => function.IsTriggeredBy("httpTrigger"))
        .OrderBy(static function => function.Name, StringComparer.OrdinalIgnoreCase)
        .FirstOrDefault(function => Fits(context, function.Trigger));

    private bool Fits(HttpContext context, JsonObject trigger)
    {
        var methods = trigger["methods"]?.AsArray().Select(static method => (string)method!).ToArray() ?? [];
        var route = TemplateParser.Parse((string)trigger["route"]!);
        var values = new RouteValueDictionary();
        return (methods.Length == 0 || methods.Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase))
            && new TemplateMatcher(route, []).TryMatch(context.Request.Path, values)
            && route.Parameters.All(parameter => parameter.InlineConstraints.All(constraint =>
                constraints.ResolveConstraint(constraint.Constraint)!.Match(context, null, parameter.Name!, values, RouteDirection.IncomingRequest)));
    }
}
