using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Egress.TestKit.Processes;

namespace Egress.TestKit.Functions;

/// <summary>The host's side of the protocol with one worker process: initialization, loading of the functions, and invocations.</summary>
/// <param name="stream">The call that the worker opened.</param>
/// <param name="app">Folder of the published app.</param>
/// <param name="log">Receives the lines that the worker logs through the host.</param>
internal sealed class WorkerConnection(EventStream stream, string app, ProcessLog log)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResult>> _invocations = [];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile InvocationResult? _end;
    private int _toLoad;

    /// <summary>Completes when all functions are loaded.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>The capabilities that the worker reported, for example <c>HttpUri</c>.</summary>
    public JsonObject Capabilities { get; private set; } = [];

    /// <summary>The functions by name.</summary>
    public IReadOnlyDictionary<string, WorkerFunction> Functions { get; private set; } = new Dictionary<string, WorkerFunction>();

    /// <summary>Handles the messages of the worker until it exits.</summary>
    public async Task RunAsync()
    {
        try
        {
            await stream.RunAsync(Receive);
        }
        catch (Exception error)
        {
            // The invocations fail with the exception, so that the test fails. Kestrel would only log it.
            _end = new InvocationResult("Failure", $"the host failed: {error}");
            log.Add($"Error host: {error}");
        }
    }

    /// <summary>Fails the invocations that are still running, as the real host does.</summary>
    public void End()
    {
        _end ??= new InvocationResult("Failure", "the worker ended");
        foreach (var id in _invocations.Keys)
        {
            Complete(id, _end);
        }
    }

    /// <summary>Invokes a function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="id">Id of the invocation.</param>
    /// <param name="data">The value for the trigger's parameter.</param>
    /// <param name="cancellationToken">Sends the worker a cancellation of the invocation, as the host does. The result is still awaited.</param>
    /// <param name="traceParent">The trace that the invocation belongs to.</param>
    public async Task<InvocationResult> InvokeAsync(
        WorkerFunction function, string id, JsonObject data, CancellationToken cancellationToken, string? traceParent = null)
    {
        var result = new TaskCompletionSource<InvocationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _invocations[id] = result;
        stream.Send("invocationRequest", new JsonObject
        {
            ["invocationId"] = id,
            ["functionId"] = function.Id,
            ["traceContext"] = new JsonObject { ["traceParent"] = traceParent ?? "" },
            ["inputData"] = new JsonArray(new JsonObject { ["name"] = (string)function.Trigger["name"]!, ["data"] = data }),
        });
        if (_end is { } end)
        {
            Complete(id, end);
        }

        await using var cancellation = cancellationToken.Register(() => stream.Send("invocationCancel", new JsonObject { ["invocationId"] = id }));
        return await result.Task;
    }

    /// <summary>Waits for all running invocations.</summary>
    public Task DrainAsync() => Task.WhenAll(_invocations.Values.Select(static invocation => invocation.Task));

    /// <summary>Requests the worker to exit.</summary>
    public void Terminate() => stream.Send("workerTerminate", new JsonObject { ["gracePeriod"] = "5s" });

    private void Receive(string kind, JsonObject message)
    {
        switch (kind)
        {
            case "startStream":
                stream.Send("workerInitRequest", new JsonObject { ["hostVersion"] = "4.1037.0", ["workerDirectory"] = app, ["functionAppDirectory"] = app });
                break;
            case "workerInitResponse":
                Capabilities = message["capabilities"]!.AsObject();
                stream.Send("functionsMetadataRequest", new JsonObject { ["functionAppDirectory"] = app });
                break;
            case "functionMetadataResponse":
                Load(message["functionMetadataResults"]!.AsArray());
                break;
            case "functionLoadResponse" when (string?)message["result"]!["status"] == "Success":
                if (--_toLoad == 0)
                {
                    _loaded.TrySetResult();
                }

                break;
            case "functionLoadResponse":
                _loaded.TrySetException(new InvalidOperationException($"A function cannot be loaded: {message}"));
                break;
            case "invocationResponse":
                var result = message["result"]!;
                Complete((string)message["invocationId"]!, new InvocationResult((string?)result["status"] ?? "Failure", (string?)result["exception"]?["message"]));
                break;
            case "rpcLog" when _invocations.ContainsKey((string?)message["invocationId"] ?? ""):
                // The host drops lines that the worker logs while no function is running.
                log.Add($"{(string?)message["level"] ?? "Trace"} {(string?)message["category"]}[{(string?)message["eventId"]}]: {(string?)message["message"]}"
                    + (string?)message["exception"]?["message"]);
                break;
        }
    }

    private void Load(JsonArray functions)
    {
        Functions = functions.Select(static one => new WorkerFunction(one!.AsObject())).ToDictionary(static function => function.Name);
        _toLoad = Functions.Count;
        foreach (var function in Functions.Values)
        {
            stream.Send("functionLoadRequest", function.LoadRequest());
        }
    }

    private void Complete(string id, InvocationResult result)
    {
        if (_invocations.TryRemove(id, out var invocation))
        {
            invocation.TrySetResult(result);
        }
    }
}

/// <summary>How an invocation ended.</summary>
/// <param name="Status"><c>Success</c>, <c>Failure</c> or <c>Cancelled</c>.</param>
/// <param name="Error">Message of the exception; null without one.</param>
public sealed record InvocationResult(string Status, string? Error)
{
    /// <summary>Whether the function returned.</summary>
    public bool Succeeded => Status == "Success";
}
