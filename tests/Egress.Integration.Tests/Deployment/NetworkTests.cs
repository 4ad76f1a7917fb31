using System.Text.Json;
using Egress.TestKit.Deployment;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>Tests of network access to the database, the storage and Key Vault, with and without a virtual network and Front Door.</summary>
public sealed class NetworkTests
{
    /// <summary>Parameters that enable all options of the template that can be combined.</summary>
    internal const string Everything = "param vnetEnabled = true\nparam deployFrontDoor = true";

    private const string Postgres = "Microsoft.DBforPostgreSQL/flexibleServers";

    [Fact]
    public async Task A_database_accepts_identities_only_and_no_public_address_by_itself()
    {
        var resources = await BicepCompiler.PredictAsync();
        var server = Single(resources, Postgres);
        var login = server.GetProperty("authConfig");
        Assert.Equal(("Enabled", "Disabled"), (login.GetProperty("activeDirectoryAuth").GetString(), login.GetProperty("passwordAuth").GetString()));
        Assert.False(server.TryGetProperty("administratorLoginPassword", out _));
        Assert.Equal("Disabled", server.GetProperty("network").GetProperty("publicNetworkAccess").GetString());
        Assert.Empty(OfType(resources, $"{Postgres}/firewallRules"));

        // The administrator is the user who deploys, not the app.
        var administrator = Assert.Single(OfType(resources, $"{Postgres}/administrators"));
        Assert.Contains("deployer().objectId", administrator.GetProperty("name").GetString(), StringComparison.Ordinal);

        var open = await BicepCompiler.PredictAsync("param allowedAddress = '203.0.113.7'");
        var rule = Assert.Single(OfType(open, $"{Postgres}/firewallRules")).GetProperty("properties");
        Assert.Equal(("203.0.113.7", "203.0.113.7"), (rule.GetProperty("startIpAddress").GetString(), rule.GetProperty("endIpAddress").GetString()));
        Assert.Equal("Disabled", Single(await BicepCompiler.PredictAsync("param allowedAddress = 'none'"), Postgres)
            .GetProperty("network").GetProperty("publicNetworkAccess").GetString());
    }

    [Fact]
    public async Task With_a_virtual_network_everything_is_reached_through_private_endpoints()
    {
        var resources = await BicepCompiler.PredictAsync(Everything);
        foreach (var type in new[] { "Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults" })
        {
            Assert.All(OfType(resources, type), resource =>
            {
                Assert.Equal("Disabled", resource.GetProperty("properties").GetProperty("publicNetworkAccess").GetString());
                Assert.Equal("Deny", resource.GetProperty("properties").GetProperty("networkAcls").GetProperty("defaultAction").GetString());
            });
        }

        var endpoints = OfType(resources, "Microsoft.Network/privateEndpoints").Select(Group).ToList();
        Assert.Equal(["blob", "blob", "postgresqlServer", "queue", "table", "vault"], endpoints.Order(StringComparer.Ordinal));
        Assert.Equal(endpoints.Distinct().Count(), OfType(resources, "Microsoft.Network/privateDnsZones").Count());
        Assert.Equal(endpoints.Count, OfType(resources, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups").Count());
        Assert.EndsWith("/subnets/app", Single(resources, "Microsoft.Web/sites").GetProperty("virtualNetworkSubnetId").GetString(), StringComparison.Ordinal);

        // Without these options, only the database has a private endpoint. With a subnet of the user, the template creates no network.
        Assert.Equal("postgresqlServer", Group(Assert.Single(OfType(await BicepCompiler.PredictAsync(), "Microsoft.Network/privateEndpoints"))));
        var own = await BicepCompiler.PredictAsync("param deployPostgres = false\nparam subnetId = '/subscriptions/s/subnets/mine'");
        Assert.Empty(OfType(own, "Microsoft.Network/virtualNetworks"));
        Assert.Equal("/subscriptions/s/subnets/mine", Single(own, "Microsoft.Web/sites").GetProperty("virtualNetworkSubnetId").GetString());
    }

    [Fact]
    public async Task Behind_Front_Door_the_app_accepts_its_profile_only()
    {
        var resources = await BicepCompiler.PredictAsync(Everything);
        var site = Single(resources, "Microsoft.Web/sites").GetProperty("siteConfig");
        Assert.Equal("Deny", site.GetProperty("ipSecurityRestrictionsDefaultAction").GetString());
        var rule = Assert.Single(site.GetProperty("ipSecurityRestrictions").EnumerateArray());
        Assert.Equal("AzureFrontDoor.Backend", rule.GetProperty("ipAddress").GetString());
        Assert.Contains("frontDoorId", Assert.Single(rule.GetProperty("headers").GetProperty("x-azure-fdid").EnumerateArray()).GetString(), StringComparison.OrdinalIgnoreCase);
        var route = Single(resources, "Microsoft.Cdn/profiles/afdEndpoints/routes");
        Assert.False(route.TryGetProperty("cacheConfiguration", out _));
        Assert.Equal("Allow", Single(await BicepCompiler.PredictAsync(), "Microsoft.Web/sites").GetProperty("siteConfig").GetProperty("ipSecurityRestrictionsDefaultAction").GetString());
    }

    private static IEnumerable<JsonElement> OfType(IEnumerable<JsonElement> resources, string type) =>
        resources.Where(resource => resource.GetProperty("type").GetString() == type);

    private static JsonElement Single(IEnumerable<JsonElement> resources, string type) => Assert.Single(OfType(resources, type)).GetProperty("properties");

    private static string Group(JsonElement endpoint) =>
        endpoint.GetProperty("properties").GetProperty("privateLinkServiceConnections")[0].GetProperty("name").GetString()!;
}
