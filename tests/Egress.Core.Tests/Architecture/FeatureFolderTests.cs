using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Xunit;

namespace Egress.Core.Tests.Architecture;

/// <summary>Tests that the folders of the core are features, which must not depend on each other in a circle, directly or through others.</summary>
public sealed class FeatureFolderTests
{
    private const string Root = "Egress.";

    private static readonly Lazy<IReadOnlyList<(string From, string To, string Because)>> Uses = new(ReadUses);

    [Fact]
    public void No_feature_depends_on_another_in_a_circle() => AssertNoCircle(static folder => folder.Split('.')[0]);

    [Theory]
    [InlineData("Callbacks")]
    [InlineData("Deliveries")]
    [InlineData("Downloads")]
    [InlineData("Exports")]
    [InlineData("Http")]
    [InlineData("Links")]
    [InlineData("Queues")]
    [InlineData("Records")]
    [InlineData("Settings")]
    [InlineData("Storage")]
    [InlineData("Telemetry")]
    [InlineData("Zip")]
    public void No_folder_of_a_feature_depends_on_another_in_a_circle(string feature) => AssertNoCircle(folder =>
        folder.Split('.') is [var first, var second, ..] && first == feature ? second : null);

    /// <param name="nodeOf">Returns the node of a folder; null to ignore the folder.</param>
    private static void AssertNoCircle(Func<string, string?> nodeOf)
    {
        var edges = Uses.Value
            .Select(use => (From: nodeOf(use.From), To: nodeOf(use.To), use.Because))
            .Where(static edge => edge.From is not null && edge.To is not null && edge.From != edge.To)
            .ToList();
        Assert.NotEmpty(Uses.Value);

        // A node on which no other node depends cannot be part of a circle. After all such nodes are removed, repeatedly, only circles are left.
        int before;
        do
        {
            before = edges.Count;
            edges.RemoveAll(edge => edges.TrueForAll(other => other.To != edge.From) || edges.TrueForAll(other => other.From != edge.To));
        }
        while (edges.Count < before);

        Assert.True(edges.Count == 0, string.Join('\n', edges.Select(static edge => $"{edge.From} -> {edge.To}: {edge.Because}").Distinct().Order()));
    }

    private static List<(string From, string To, string Because)> ReadUses() =>
    [
        .. from type in new ArchLoader().LoadAssemblies(typeof(EgressBuilder).Assembly).Build().Types
           from dependency in type.Dependencies
           let @from = Folder(type)
           let to = Folder(dependency.Target)
           where @from is not null && to is not null && @from != to
           select (@from, to, $"{type.FullName} uses {dependency.Target.FullName}"),
    ];

    /// <summary>
    /// Returns the folder of a type, which is the first word of its namespace after <c>Egress.</c>; null for the root and for types of other
    /// assemblies.
    /// </summary>
    private static string? Folder(IType type) => type.Namespace?.FullName is { } name && name.StartsWith(Root, StringComparison.Ordinal) ? name[Root.Length..] : null;
}
