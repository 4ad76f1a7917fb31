using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Egress.TestKit;

/// <summary>An OpenAPI document that validates requests and responses.</summary>
/// <param name="text">The JSON of the document.</param>
public sealed class OpenApiDocument(string text)
{
    private const string InDocument = "#/components/schemas/";

    private readonly JsonNode _document = JsonNode.Parse(text)!;

    /// <summary>The root node of the document.</summary>
    public JsonNode Root => _document;

    /// <summary>The method (in capital letters) and the path of every operation.</summary>
    public IEnumerable<(string Method, string Path)> Operations =>
        from path in _document["paths"]!.AsObject()
        from member in path.Value!.AsObject()
        where member.Key is "get" or "post" or "delete" or "put" or "patch" or "head" or "options"
        select (member.Key.ToUpperInvariant(), path.Key);

    /// <summary>Returns the response that an operation declares for a status, or its default response.</summary>
    public JsonNode Response(string method, string path, int status)
    {
        var responses = _document["paths"]![path]![method.ToLowerInvariant()]!["responses"]!;
        return Resolved(responses[$"{status}"] ?? responses["default"]!);
    }

    /// <summary>Validates a response against its schema in the document.</summary>
    /// <returns>A line for each fault; empty for a valid response.</returns>
    public IReadOnlyList<string> FaultsOf(string method, string path, int status, string? mediaType, string body)
    {
        if (Response(method, path, status)["content"] is not { } content)
        {
            return body.Length == 0 ? [] : [$"{method} {path} {status} has no body by the document"];
        }

        return mediaType is not null && content[mediaType] is { } media
            ? FaultsOf(media["schema"]!, mediaType.EndsWith("json", StringComparison.Ordinal) ? body : JsonSerializer.Serialize(body))
            : [$"{method} {path} {status} is {mediaType}, which is not in the document"];
    }

    /// <summary>Validates a value against a schema of the document. Returns a line for each fault.</summary>
    public IReadOnlyList<string> FaultsOf(JsonNode schema, string json)
    {
        var whole = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$defs"] = _document["components"]!["schemas"]!.DeepClone(),
            ["allOf"] = new JsonArray(schema.DeepClone()),
        };
        var result = JsonSchema.FromText(whole.ToJsonString().Replace(InDocument, "#/$defs/", StringComparison.Ordinal)).Evaluate(
            JsonElement.Parse(json), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        return result.IsValid
            ? []
            : [.. (result.Details ?? []).SelectMany(detail => (detail.Errors ?? new Dictionary<string, string>()).Values.Select(error => $"{detail.InstanceLocation}: {error}"))];
    }

    /// <summary>Returns every example in the document, with its schema.</summary>
    public IEnumerable<(string Place, JsonNode Schema, JsonNode Example)> Examples() => Examples(_document, "");

    private IEnumerable<(string, JsonNode, JsonNode)> Examples(JsonNode? node, string place)
    {
        switch (node)
        {
            case JsonObject media when media["schema"] is { } schema:
                if (media["example"] is { } example)
                {
                    yield return (place, schema, example);
                }

                foreach (var (name, named) in media["examples"] as JsonObject ?? [])
                {
                    yield return ($"{place}/{name}", schema, named!["value"]!);
                }

                break;
            case JsonObject other:
                foreach (var found in other.SelectMany(member => Examples(member.Value, $"{place}/{member.Key}")))
                {
                    yield return found;
                }

                break;
            case JsonArray array:
                foreach (var found in array.SelectMany(member => Examples(member, place)))
                {
                    yield return found;
                }

                break;
        }
    }

    private JsonNode Resolved(JsonNode node) => node["$ref"]?.GetValue<string>() is { } reference
        ? reference.TrimStart('#', '/').Split('/').Aggregate(_document, static (parent, name) => parent[name]!)
        : node;
}
