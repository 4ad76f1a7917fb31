using System.Text.Json;
using Egress.TestKit.Deployment;

namespace Egress.Integration.Tests.Deployment;

/// <summary>The template as Azure receives it: JSON, with a nested template for each module.</summary>
internal sealed class CompiledTemplate
{
    private static readonly Lazy<Task<CompiledTemplate>> Compiled = new(async () =>
    {
        var result = await BicepCompiler.RunAsync("build", BicepCompiler.Template, "--stdout");
        return new CompiledTemplate(JsonElement.Parse(result.EnsureSuccess().OutputBytes));
    });

    private CompiledTemplate(JsonElement root)
    {
        Root = root;
        Templates = [.. Nested(root)];
    }

    /// <summary>The main template.</summary>
    public JsonElement Root { get; }

    /// <summary>The main template and the templates of the modules.</summary>
    public IReadOnlyList<JsonElement> Templates { get; }

    /// <summary>The resources that are deployed, without modules and existing resources.</summary>
    public IEnumerable<JsonElement> Resources => Templates.SelectMany(ResourcesOf)
        .Where(static resource => Type(resource) != "Microsoft.Resources/deployments" && !resource.TryGetProperty("existing", out _));

    /// <summary>Returns the compiled template. It is compiled once.</summary>
    public static Task<CompiledTemplate> GetAsync() => Compiled.Value;

    /// <summary>Returns the resources of a type.</summary>
    public IReadOnlyList<JsonElement> OfType(string type) => [.. Resources.Where(resource => Type(resource) == type)];

    /// <summary>Returns the names of a template's secure parameters.</summary>
    public static IEnumerable<string> SecureParameters(JsonElement template) =>
        from parameter in template.GetProperty("parameters").EnumerateObject()
        where parameter.Value.TryGetProperty("type", out var type) && type.GetString()!.StartsWith("secure", StringComparison.OrdinalIgnoreCase)
        select parameter.Name;

    private static string Type(JsonElement resource) => resource.GetProperty("type").GetString()!;

    private static IEnumerable<JsonElement> Nested(JsonElement template) => ResourcesOf(template)
        .Where(static resource => Type(resource) == "Microsoft.Resources/deployments")
        .SelectMany(static module => Nested(module.GetProperty("properties").GetProperty("template")))
        .Prepend(template);

    // Resources with symbolic names are a JSON object, other resources are an array.
    private static IEnumerable<JsonElement> ResourcesOf(JsonElement template)
    {
        var resources = template.GetProperty("resources");
        return resources.ValueKind == JsonValueKind.Array
            ? resources.EnumerateArray()
            : resources.EnumerateObject().Select(static resource => resource.Value);
    }
}
