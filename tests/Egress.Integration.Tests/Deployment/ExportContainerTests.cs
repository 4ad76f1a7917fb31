using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Deployment;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>The container that archives are exported to, and the rights of the app on it.</summary>
public sealed class ExportContainerTests
{
    private const string Contributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    private const string Delegator = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a";
    private const string Roles = "Microsoft.Authorization/roleAssignments";
    private const string Containers = "Microsoft.Storage/storageAccounts/blobServices/containers";

    [Theory]
    [InlineData("", "/storageAccounts/stobjects")]
    [InlineData("\nparam objectsAccountName = 'mystorage'\nparam objectsResourceGroup = 'data'", "/storageAccounts/mystorage")]
    public async Task The_app_may_write_to_the_container_alone_and_sign_links(string parameters, string account)
    {
        var resources = await BicepCompiler.PredictAsync($"param exportContainer = 'archives'{parameters}");
        var container = Assert.Single(OfType(resources, Containers), static one => Name(one).EndsWith("/archives", StringComparison.Ordinal));
        Assert.Contains(account, Id(container), StringComparison.Ordinal);

        var writes = Assert.Single(RolesOf(resources, Contributor), static role => IsOfTheApp(role));
        Assert.Contains($"{account}", Id(writes), StringComparison.Ordinal);
        Assert.Contains("/containers/archives'", Id(writes), StringComparison.Ordinal);
        var signs = Assert.Single(RolesOf(resources, Delegator));
        Assert.Contains(account, Id(signs), StringComparison.Ordinal);
        Assert.DoesNotContain("/containers/", Id(signs), StringComparison.Ordinal);
        Assert.Equal("archives", BucketsOf(resources));

        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/deploy.md"), TestContext.Current.CancellationToken);
        Assert.Contains($"*Storage Blob Data Contributor* (`{Contributor}`) on that container", page, StringComparison.Ordinal);
        Assert.Contains($"`{Delegator}`", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("param deployPostgres = false\nparam objectStorage = 's3'\nparam exportContainer = 'archives'", "archives")]
    public async Task Without_it_and_with_S3_nothing_is_made_and_no_right_is_given(string parameters, string buckets)
    {
        var resources = await BicepCompiler.PredictAsync(parameters);
        Assert.DoesNotContain(OfType(resources, Containers), static one => Name(one).EndsWith("/archives", StringComparison.Ordinal));
        Assert.DoesNotContain(RolesOf(resources, Contributor), static role => IsOfTheApp(role));
        Assert.Empty(RolesOf(resources, Delegator));
        Assert.Equal(buckets, BucketsOf(resources));
    }

    [Fact]
    public async Task Its_address_is_an_output() => Assert.True((await CompiledTemplate.GetAsync()).Root.GetProperty("outputs").TryGetProperty("EXPORTS_CONTAINER_URL", out _));

    private static IEnumerable<JsonElement> OfType(IEnumerable<JsonElement> resources, string type) =>
        resources.Where(resource => resource.GetProperty("type").GetString() == type);

    private static List<JsonElement> RolesOf(IEnumerable<JsonElement> resources, string role) =>
    [
        .. OfType(resources, Roles).Where(one => one.GetProperty("properties").GetProperty("roleDefinitionId").GetString()!.EndsWith(role, StringComparison.Ordinal)),
    ];

    private static bool IsOfTheApp(JsonElement role) =>
        !role.GetProperty("properties").GetProperty("principalId").GetString()!.Contains("deployer()", StringComparison.Ordinal);

    private static string? BucketsOf(IEnumerable<JsonElement> resources) =>
        Assert.Single(OfType(resources, "Microsoft.Web/sites/config")).GetProperty("properties").GetProperty("EXPORT_BUCKETS").GetString();

    private static string Name(JsonElement resource) => resource.GetProperty("name").GetString()!;

    private static string Id(JsonElement resource) => resource.GetProperty("id").GetString()!;
}
