using Egress.TestKit;
using YamlDotNet.RepresentationModel;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>A YAML file of the repository.</summary>
internal static class Yaml
{
    public static YamlNode Read(string path)
    {
        using var text = new StreamReader(Path.Combine(RepositoryRoot.Path, path));
        var stream = new YamlStream();
        stream.Load(text);
        return stream.Documents.Single().RootNode;
    }

    /// <summary>The text of a node.</summary>
    public static string Text(this YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    /// <summary>The pairs of a mapping, with the text of their keys.</summary>
    public static IEnumerable<(string Key, YamlNode Value)> Pairs(this YamlNode node) =>
        ((YamlMappingNode)node).Children.Select(static pair => (pair.Key.Text(), pair.Value));

    /// <summary>The value of a key; null when it is not there.</summary>
    public static YamlNode? Find(this YamlNode node, string key) => node.Pairs().FirstOrDefault(pair => pair.Key == key).Value;
}
