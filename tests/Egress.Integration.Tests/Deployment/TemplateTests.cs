using System.Text.Json;
using Egress.TestKit.Deployment;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>Tests of security rules in the compiled template.</summary>
public sealed class TemplateTests
{
    private const string Postgres = "Microsoft.DBforPostgreSQL/flexibleServers";

    private static readonly string[] SafeTls = ["1.2", "1.3", "TLS1_2", "TLS1_3"];

    [Theory]
    [InlineData("build")]
    [InlineData("lint")]
    public async Task The_templates_compile_without_warnings(string command)
    {
        string[] output = command == "build" ? ["--stdout"] : [];
        var result = await BicepCompiler.RunAsync([command, BicepCompiler.Template, .. output]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Every_storage_account_refuses_keys_plain_HTTP_and_the_public()
    {
        var accounts = (await CompiledTemplate.GetAsync()).OfType("Microsoft.Storage/storageAccounts");
        Assert.Equal(2, accounts.Count);
        Assert.All(accounts, account =>
        {
            var properties = account.GetProperty("properties");
            Assert.False(properties.GetProperty("allowSharedKeyAccess").GetBoolean());
            Assert.False(properties.GetProperty("allowBlobPublicAccess").GetBoolean());
            Assert.True(properties.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
            Assert.Contains(properties.GetProperty("minimumTlsVersion").GetString(), SafeTls);
        });
    }

    [Fact]
    public async Task The_app_speaks_HTTPS_only_and_takes_no_upload_by_password()
    {
        var template = await CompiledTemplate.GetAsync();
        var app = Assert.Single(template.OfType("Microsoft.Web/sites")).GetProperty("properties");
        Assert.True(app.GetProperty("httpsOnly").GetBoolean());
        Assert.Contains(app.GetProperty("siteConfig").GetProperty("minTlsVersion").GetString(), SafeTls);
        Assert.Contains(app.GetProperty("siteConfig").GetProperty("scmMinTlsVersion").GetString(), SafeTls);
        var passwords = template.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies");
        Assert.Equal(2, passwords.Count);
        Assert.All(passwords, policy => Assert.False(policy.GetProperty("properties").GetProperty("allow").GetBoolean()));
    }

    [Fact]
    public async Task Telemetry_and_secrets_require_roles()
    {
        var template = await CompiledTemplate.GetAsync();
        var vault = Assert.Single(template.OfType("Microsoft.KeyVault/vaults")).GetProperty("properties");
        Assert.True(vault.GetProperty("enableRbacAuthorization").GetBoolean());
        var predicted = Single(await BicepCompiler.PredictAsync(), "Microsoft.KeyVault/vaults");
        Assert.True(predicted.GetProperty("enablePurgeProtection").GetBoolean());
        Assert.Equal("default", predicted.GetProperty("createMode").GetString());
        var insights = Assert.Single(template.OfType("Microsoft.Insights/components")).GetProperty("properties");
        Assert.True(insights.GetProperty("DisableLocalAuth").GetBoolean());
    }

    [Fact]
    public async Task No_output_holds_a_secret()
    {
        foreach (var template in (await CompiledTemplate.GetAsync()).Templates)
        {
            var secrets = CompiledTemplate.SecureParameters(template).Select(name => $"parameters('{name}')")
                .Concat(["listKeys", "listSecrets", "ConnectionString", "sharedKey"]).ToList();
            foreach (var output in template.TryGetProperty("outputs", out var outputs) ? outputs.EnumerateObject() : default)
            {
                var type = output.Value.GetProperty("type").GetString()!;
                Assert.False(type.StartsWith("secure", StringComparison.OrdinalIgnoreCase), output.Name);
                Assert.All(secrets, secret => Assert.DoesNotContain(secret, output.Value.GetProperty("value").GetString()!, StringComparison.OrdinalIgnoreCase));
            }
        }
    }

    [Fact]
    public async Task Secrets_come_as_secure_parameters_and_are_described_like_all_others()
    {
        var root = (await CompiledTemplate.GetAsync()).Root;
        Assert.Equal(
            ["callbackSigningSecret", "dbUrl", "s3AccessKeyId", "s3SecretAccessKey", "signingSecret"],
            CompiledTemplate.SecureParameters(root).Order(StringComparer.Ordinal));
        Assert.All(root.GetProperty("parameters").EnumerateObject(), parameter => Assert.True(
            parameter.Value.TryGetProperty("metadata", out var metadata) && metadata.GetProperty("description").GetString() is { Length: > 10 },
            parameter.Name));
    }

    [Fact]
    public async Task Names_keep_the_rules_of_their_services()
    {
        var resources = await BicepCompiler.PredictAsync(NetworkTests.Everything);
        (string Type, string Rule)[] rules =
        [
            ("Microsoft.Storage/storageAccounts", "^[a-z0-9]{3,24}$"),
            ("Microsoft.KeyVault/vaults", "^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$"),
            (Postgres, "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"),
            ("Microsoft.Web/sites", "^[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]$"),
            // at most 63 characters, because the PostgreSQL role has the same name
            ("Microsoft.ManagedIdentity/userAssignedIdentities", "^[a-zA-Z0-9][a-zA-Z0-9_-]{2,62}$"),
            ("Microsoft.Cdn/profiles/afdEndpoints", "^[a-zA-Z0-9][a-zA-Z0-9-]{0,44}[a-zA-Z0-9]$"),
            ("Microsoft.Network/virtualNetworks", "^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}[a-zA-Z0-9_]$"),
            ("Microsoft.Network/privateEndpoints", "^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}[a-zA-Z0-9_]$"),
        ];
        Assert.All(rules, rule => Assert.All(
            OfType(resources, rule.Type).DefaultIfEmpty(default), resource => Assert.Matches(rule.Rule, resource.GetProperty("name").GetString()!.Split('/')[^1])));
    }

    private static IEnumerable<JsonElement> OfType(IEnumerable<JsonElement> resources, string type) =>
        resources.Where(resource => resource.GetProperty("type").GetString() == type);

    private static JsonElement Single(IEnumerable<JsonElement> resources, string type) => Assert.Single(OfType(resources, type)).GetProperty("properties");
}
