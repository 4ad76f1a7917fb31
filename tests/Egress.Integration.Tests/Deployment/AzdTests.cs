using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Egress.TestKit.Deployment;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>Tests of the values that azd passes to the template and reads from it: parameters, generated secrets and outputs.</summary>
public sealed partial class AzdTests
{
    /// <summary>Variables on the page that the reader sets, or that belong to azd.</summary>
    private static readonly string[] TypedByHand = ["DB_URL", "SIGNING_SECRET", "CALLBACK_SIGNING_SECRET"];

    /// <summary>Variables that the hooks set, or that tests use to redirect the hooks.</summary>
    private static readonly string[] SetByTheHooks =
        ["EGRESS_CLIENT_ADDRESS", "EGRESS_SAMPLE", "EGRESS_ADDRESS_SERVICE", "ARM_ENDPOINT", "EGRESS_DEPLOY_POSTGRES", "VNET_ENABLED", "AZURE_SUBSCRIPTION_ID"];

    [Fact]
    public async Task The_parameters_of_azd_are_those_of_the_template_and_documented()
    {
        var folder = Path.GetDirectoryName(BicepCompiler.Template)!;
        var given = JsonElement.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "main.parameters.json"), TestContext.Current.CancellationToken));
        var known = (await CompiledTemplate.GetAsync()).Root.GetProperty("parameters");
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/deploy.md"), TestContext.Current.CancellationToken);
        Assert.Equal(
            known.EnumerateObject().Select(parameter => parameter.Name).Order(StringComparer.Ordinal),
            given.GetProperty("parameters").EnumerateObject().Select(parameter => parameter.Name).Order(StringComparer.Ordinal));
        Assert.All(given.GetProperty("parameters").EnumerateObject(), parameter =>
        {
            // A default in this file would override the default of the template.
            var variable = parameter.Value.GetProperty("value").GetString()!;
            Assert.Matches(@"^\$\{[A-Z0-9_]+\}$", variable);
            Assert.Contains($"`{variable[2..^1]}`", page, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Azd_prompts_for_a_region_with_Flex_Consumption_and_generates_the_secrets()
    {
        var parameters = (await CompiledTemplate.GetAsync()).Root.GetProperty("parameters");
        var location = parameters.GetProperty("location");
        Assert.Equal("location", location.GetProperty("metadata").GetProperty("azd").GetProperty("type").GetString());
        Assert.Contains("westeurope", location.GetProperty("allowedValues").EnumerateArray().Select(region => region.GetString()));

        // azd only asks for or generates values that have no default.
        Assert.False(location.TryGetProperty("defaultValue", out _));
        Assert.All(["signingSecret", "callbackSigningSecret"], name =>
        {
            var secret = parameters.GetProperty(name);
            Assert.False(secret.TryGetProperty("defaultValue", out _));
            var azd = secret.GetProperty("metadata").GetProperty("azd");
            Assert.Equal("generate", azd.GetProperty("type").GetString());
            Assert.True(azd.GetProperty("config").GetProperty("length").GetInt32() >= 32);
            Assert.True(azd.GetProperty("config").GetProperty("noSpecial").GetBoolean()); // a comma would separate two secrets
        });
        Assert.All(
            parameters.EnumerateObject().Where(parameter => !parameter.Value.TryGetProperty("defaultValue", out _)),
            parameter => Assert.Contains(parameter.Name, new[] { "environmentName", "location", "signingSecret", "callbackSigningSecret" }));
    }

    [Fact]
    public async Task Every_output_that_the_page_and_the_hooks_use_exists()
    {
        var outputs = (await CompiledTemplate.GetAsync()).Root.GetProperty("outputs").EnumerateObject().Select(output => output.Name).ToHashSet();
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/deploy.md"), TestContext.Current.CancellationToken);
        var azure = page[page.IndexOf("\n## Azure\n", StringComparison.Ordinal)..page.IndexOf("\n## Container\n", StringComparison.Ordinal)];
        var used = Variable().Matches(azure).Select(match => match.Groups[1].Value).Except(TypedByHand).ToHashSet();
        Assert.True(used.Count >= 3, string.Join(' ', used));
        Assert.All(used, name => Assert.Contains(name, outputs));

        var hooks = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "infra/setup"), "*.cs")
            .SelectMany(file => HookVariable().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Except(SetByTheHooks).ToHashSet();
        Assert.True(hooks.Count >= 6, string.Join(' ', hooks));
        Assert.All(hooks, name => Assert.Contains(name, outputs));
    }

    [GeneratedRegex("\\$([A-Z][A-Z_]+)")]
    private static partial Regex Variable();

    [GeneratedRegex("\"([A-Z]+_[A-Z_]+)\"")]
    private static partial Regex HookVariable();
}
