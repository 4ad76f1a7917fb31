using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Queues.Models;
using Egress.TestKit.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Egress.TestKit.Functions;

/// <summary>Runs the published Functions app in a real worker process, in place of the Functions host.</summary>
/// <remarks>
/// It behaves like the real host: one load request for each function, HTTP requests forwarded to the worker's own port, and a message that cancels
/// the invocation when a client disconnects. <c>tests/functions-e2e.sh</c> runs tests on the real host.
/// </remarks>
public sealed class WorkerHost : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly string _app;
    private readonly RpcCodec _codec;
    private readonly WebApplication _web;
    private readonly HttpFront _front;
    private readonly Dictionary<string, string?> _environment;
    private volatile TaskCompletionSource<WorkerConnection> _loaded = NotLoaded();

    private WorkerHost(string app, IReadOnlyDictionary<string, string> settings)
    {
        (_app, _codec) = (app, new RpcCodec(app));
        Settings = settings;
        _environment = EgressServer.CleanEnvironment();
        foreach (var (name, value) in settings)
        {
            _environment[name] = value;
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting().AddHttpForwarder();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen);
        _web = builder.Build();
        _front = new HttpFront(
            _web.Services.GetRequiredService<IHttpForwarder>(), _web.Services.GetRequiredService<IInlineConstraintResolver>(), () => _loaded.Task);

        // The last address in X-Forwarded-For is the client's, as on the platform. YARP forwards only this address.
        _web.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor });
        _web.Run(context => context.Request.Path == EventStream.Path ? ConnectAsync(context) : _front.HandleAsync(context));
    }

    /// <summary>A client without a time limit, whose base address is the app.</summary>
    public HttpClient Client { get; } = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The current worker process. Its log also contains what functions log through the host, as <c>level category[event id]: message</c>.</summary>
    public ChildProcess Process { get; private set; } = null!;

    /// <summary>The application settings of the app.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The functions of the app by name.</summary>
    public IReadOnlyDictionary<string, WorkerFunction> Functions { get; private set; } = new Dictionary<string, WorkerFunction>();

    private string[] Addresses => [.. _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>Starts the app and loads its functions.</summary>
    /// <param name="settings">The application settings.</param>
    /// <exception cref="InvalidOperationException">The app did not start. The message contains its log.</exception>
    public static async Task<WorkerHost> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var host = new WorkerHost(await PublishedApp.GetAsync(), settings);
        try
        {
            await host._web.StartAsync();
            host.Client.BaseAddress = new Uri(host.Addresses[1]);
            await host.StartWorkerAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a worker process, or a new one after the last one has exited.</summary>
    public async Task StartWorkerAsync()
    {
        var rpc = new Uri(Addresses[0]);
        string id = Guid.NewGuid().ToString(), request = Guid.NewGuid().ToString();
        Process = await ChildProcess.StartAsync(Executable.Require("dotnet"), new ExecutableRun
        {
            Arguments =
            [
                Path.Combine(_app, "Egress.Functions.dll"), "--host", rpc.Host, "--port", rpc.Port.ToString(CultureInfo.InvariantCulture),
                "--workerId", id, "--requestId", request, "--grpcMaxMessageLength", "134217728", "--functions-uri", rpc.AbsoluteUri,
                "--functions-worker-id", id, "--functions-request-id", request, "--functions-grpc-max-message-length", "134217728",
            ],
            WorkingDirectory = _app,
            Environment = new Dictionary<string, string?>(_environment) { ["FUNCTIONS_APPLICATION_DIRECTORY"] = _app },
        });
        var loaded = _loaded.Task;
        await Task.WhenAny(loaded, Process.Exited, Task.Delay(StartLimit, TimeProvider.System));
        if (!loaded.IsCompleted)
        {
            var what = Process.Exited.IsCompleted ? $"ended with {await Process.Exited}" : $"took longer than {StartLimit}";
            throw new InvalidOperationException($"The worker {what} before its functions were loaded.\n{Process.Log}");
        }

        Functions = (await loaded).Functions;
    }

    /// <summary>Passes a message to a queue-triggered function, like the queue extension of the host.</summary>
    public Task<InvocationResult> DeliverAsync(string function, QueueMessage message) => InvokeAsync(function, new JsonObject
    {
        ["modelBindingData"] = new JsonObject
        {
            ["version"] = "1.0",
            ["source"] = "AzureStorageQueues",
            ["contentType"] = "application/json",
            ["content"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(new JsonObject
            {
                ["MessageId"] = message.MessageId,
                ["PopReceipt"] = message.PopReceipt,
                ["MessageText"] = message.MessageText,
                ["DequeueCount"] = message.DequeueCount,
                ["InsertedOn"] = message.InsertedOn,
                ["ExpiresOn"] = message.ExpiresOn,
                ["NextVisibleOn"] = message.NextVisibleOn,
            }.ToJsonString())),
        },
    });

    /// <summary>Runs a timer-triggered function once.</summary>
    public Task<InvocationResult> TickAsync(string function) => InvokeAsync(
        function, new JsonObject { ["json"] = """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""" });

    /// <summary>Runs the warm-up function, as the host does on a new instance.</summary>
    public Task<InvocationResult> WarmUpAsync() => InvokeAsync("Warmup", new JsonObject { ["json"] = "{}" });

    /// <summary>Shuts the worker down as the host does after the last request, and waits until it has exited.</summary>
    /// <returns>Exit code of the worker.</returns>
    public async Task<int> TerminateAsync()
    {
        (await _loaded.Task).Terminate();
        return await Process.Exited.WaitAsync(StartLimit, TimeProvider.System);
    }

    /// <summary>
    /// Shuts down as the host does when its drain time has passed: disconnects the clients, waits for the functions, and shuts the worker down.
    /// </summary>
    /// <returns>Exit code of the worker.</returns>
    public async Task<int> ShutDownAsync()
    {
        _front.DisconnectClients();
        await (await _loaded.Task).DrainAsync().WaitAsync(StartLimit, TimeProvider.System);
        return await TerminateAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (Process?.DisposeAsync() ?? ValueTask.CompletedTask);
        Client.Dispose();
        await _web.DisposeAsync();
        _front.Dispose();
    }

    private static TaskCompletionSource<WorkerConnection> NotLoaded() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Listens on two ports: the first one for workers, with HTTP/2, the second one for clients, with HTTP/1.1. This server sets no limits for
    /// clients, so that only the limits of the worker apply.
    /// </summary>
    private static void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
    }

    /// <summary>Serves a worker until it exits. An invocation of a function after that waits for the next worker.</summary>
    private async Task ConnectAsync(HttpContext context)
    {
        var (connection, loaded) = (new WorkerConnection(new EventStream(context, _codec), _app, Process.Log), _loaded);
        _ = connection.Loaded.ContinueWith(
            done => done.IsFaulted ? loaded.TrySetException(done.Exception.InnerExceptions) : loaded.TrySetResult(connection), TaskScheduler.Default);
        await connection.RunAsync();
        _loaded = NotLoaded();
        connection.End();
    }

    private async Task<InvocationResult> InvokeAsync(string function, JsonObject data)
    {
        var connection = await _loaded.Task;
        return await connection.InvokeAsync(connection.Functions[function], Guid.NewGuid().ToString(), data, CancellationToken.None);
    }
}
