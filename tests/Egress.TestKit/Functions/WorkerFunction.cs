using System.Text.Json.Nodes;

namespace Egress.TestKit.Functions;

/// <summary>A function in the metadata of the worker.</summary>
public sealed class WorkerFunction
{
    private readonly JsonObject _metadata;

    internal WorkerFunction(JsonObject metadata)
    {
        _metadata = metadata;
        Bindings = [.. metadata["rawBindings"]!.AsArray().Select(static text => JsonNode.Parse((string)text!)!.AsObject())];
    }

    /// <summary>Name of the function.</summary>
    public string Name => (string)_metadata["name"]!;

    /// <summary>The trigger of the function: its <c>type</c>, the <c>name</c> of the parameter, and the values of the attribute.</summary>
    public JsonObject Trigger => Bindings.Single(static binding => ((string)binding["type"]!).EndsWith("Trigger", StringComparison.Ordinal));

    /// <summary>Whether the trigger of the function has a type, for example <c>queueTrigger</c>.</summary>
    public bool IsTriggeredBy(string type) => (string)Trigger["type"]! == type;

    internal string Id => $"id-of-{Name}";

    private IReadOnlyList<JsonObject> Bindings { get; }

    /// <summary>Returns the request that loads the function.</summary>
    internal JsonObject LoadRequest() => new()
    {
        ["functionId"] = Id,
        ["metadata"] = new JsonObject
        {
            ["name"] = Name,
            ["entryPoint"] = (string)_metadata["entryPoint"]!,
            ["scriptFile"] = (string)_metadata["scriptFile"]!,
            ["bindings"] = new JsonObject(Bindings.Select(static binding => KeyValuePair.Create<string, JsonNode?>((string)binding["name"]!, new JsonObject
            {
                ["type"] = (string)binding["type"]!,
                ["direction"] = "in",
                ["properties"] = binding["properties"]?.DeepClone() ?? new JsonObject(),
            }))),
        },
    };
}
