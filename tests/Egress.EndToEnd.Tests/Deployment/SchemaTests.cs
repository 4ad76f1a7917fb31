using System.Text;
using System.Text.Json.Nodes;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Validates manifests, compose files and workflows against the schemas of the programs that read them.</summary>
public sealed class SchemaTests
{
    private const string Manifests = "deploy/kubernetes";

    public static TheoryData<string, string> Files =>
    [
        .. Paths(Manifests, "*.yaml").Where(path => Path.GetFileName(path) != "kustomization.yaml").Select(path => ("kubernetes", path)),
        .. Paths(".", "compose*.yaml").Select(path => ("compose", path)),
        .. Paths(".github/workflows", "*.yml").Select(path => ("workflow", path)),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_manifests_fit_their_schemas(string kind, string path)
    {
        var checkedFile = await CheckAsync(kind, path, document: null);
        Assert.Equal((0, ""), (checkedFile.ExitCode, checkedFile.Output + checkedFile.Error));
    }

    /// <summary>The validation finds an unknown property, a wrong type and a missing property.</summary>
    [Theory]
    [InlineData("kubernetes", Manifests + "/statefulset.yaml", "spec.replicas", "two", "/spec/replicas")]
    [InlineData("kubernetes", Manifests + "/statefulset.yaml", "spec.replica", 2, "/spec/replica is not a property")]
    [InlineData("kubernetes", Manifests + "/pod-monitor.yaml", "spec.podMetricsEndpoints.0.pat", "/metrics", "/pat is not a property")]
    [InlineData("compose", "compose.yaml", "services.egress.prots", "80", "prots")]
    [InlineData("compose", "compose.tls.yaml", "services.caddy.restart", 1, "/services/caddy/restart")]
    public async Task Manifests_with_a_wrong_property_are_refused(string kind, string path, string property, object value, string hint)
    {
        var document = Yaml.Read(path).ToJson()!;
        var steps = property.Split('.');
        var parent = steps[..^1].Aggregate(document, static (node, step) => node is JsonArray array ? array[int.Parse(step)]! : node[step]!);
        parent[steps[^1]] = JsonValue.Create(value);

        var refused = await CheckAsync(kind, path, document);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(hint, refused.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Kustomize_finds_each_manifest()
    {
        var resources = ((YamlDotNet.RepresentationModel.YamlSequenceNode)Yaml.Read($"{Manifests}/kustomization.yaml")["resources"]).Select(Yaml.Text);
        Assert.Equal(
            Paths(Manifests, "*.yaml").Select(path => Path.GetFileName(path)).Except(["kustomization.yaml", "pod-monitor.yaml"]),
            resources.Order(StringComparer.Ordinal));
    }

    private static async Task<ExecutableResult> CheckAsync(string kind, string path, JsonNode? document)
    {
        var modules = Path.Combine(RepositoryRoot.Path, "artifacts", "test-servers", "node_modules");
        if (Executable.Find("node") is not { } node || !Directory.Exists(Path.Combine(modules, "kubernetes-models")))
        {
            Requirement.Missing("schemas", "Node.js or the schemas are not installed (tests/install-servers.sh does that)");
            throw new InvalidOperationException();
        }

        var input = new JsonArray(new JsonObject
        {
            ["kind"] = kind,
            ["name"] = path,
            ["document"] = kind == "workflow" ? null : document ?? Yaml.Read(path).ToJson(),
            ["text"] = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, path), TestContext.Current.CancellationToken),
        });
        return await node.RunAsync(
            new ExecutableRun
            {
                Arguments = [Path.Combine(RepositoryRoot.Path, "tests", "servers", "schemas.mjs"), modules],
                Input = new MemoryStream(Encoding.UTF8.GetBytes(input.ToJsonString())),
            },
            TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Paths(string folder, string pattern) => Directory
        .EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), pattern)
        .Select(path => Path.GetRelativePath(RepositoryRoot.Path, path))
        .Order(StringComparer.Ordinal);
}
