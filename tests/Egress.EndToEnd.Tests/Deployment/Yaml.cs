using System.Globalization;
using System.Text.Json.Nodes;
using Egress.TestKit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Reads YAML files of the repository.</summary>
internal static class Yaml
{
    public static YamlNode Read(string path)
    {
        using var text = new StreamReader(Path.Combine(RepositoryRoot.Path, path));
        var stream = new YamlStream();
        stream.Load(text);
        return stream.Documents.Single().RootNode;
    }

    /// <summary>Converts a node to JSON. Plain scalars are interpreted by the core schema of YAML 1.2.</summary>
    public static JsonNode? ToJson(this YamlNode node) => node switch
    {
        YamlMappingNode => new JsonObject(node.Pairs().Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.ToJson()))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or null } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } => node.Text() == "true",
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var text } when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => node.Text(),
    };

    /// <summary>Returns the text of a scalar node.</summary>
    public static string Text(this YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    /// <summary>Returns the pairs of a mapping, with their keys as text.</summary>
    public static IEnumerable<(string Key, YamlNode Value)> Pairs(this YamlNode node) =>
        ((YamlMappingNode)node).Children.Select(static pair => (pair.Key.Text(), pair.Value));

    /// <summary>Returns the value of a key; null if the mapping does not contain the key.</summary>
    public static YamlNode? Find(this YamlNode node, string key) => node.Pairs().FirstOrDefault(pair => pair.Key == key).Value;
}
