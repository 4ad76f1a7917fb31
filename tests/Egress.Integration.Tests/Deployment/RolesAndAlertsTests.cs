using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.Callbacks;
using Egress.Queues;
using Egress.Downloads;
using Egress.Exports;
using Egress.Health;
using Egress.Http.Responses;
using Egress.TestKit;
using Egress.TestKit.Deployment;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>Tests that the roles of the app are those in docs/deploy.md, and that the alerts query events that Egress logs.</summary>
public sealed partial class RolesAndAlertsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Roles_are_those_of_the_page()
    {
        var assigned =
            from resource in await BicepCompiler.PredictAsync()
            where resource.GetProperty("type").GetString() == "Microsoft.Authorization/roleAssignments"
            let role = resource.GetProperty("properties").GetProperty("roleDefinitionId").GetString()!.Split('/')[^1]
            let holder = resource.GetProperty("properties").GetProperty("principalId").GetString()!.Contains("deployer()", StringComparison.Ordinal) ? "deployer" : "app"
            select $"{holder} {role} {Name(Scope().Match(resource.GetProperty("id").GetString()!).Groups[1].Value)}";

        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/deploy.md"), Token);
        var documented = RoleRow().Matches(page).Select(row => $"{row.Groups["holder"].Value} {row.Groups["role"].Value} {row.Groups["scope"].Value}");
        Assert.Equal(documented.Order(StringComparer.Ordinal), assigned.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Alerts_query_the_poison_queue_and_the_events_of_broken_downloads()
    {
        var queries = await QueriesAsync();
        Assert.Equal(["backend", "downloads", "errors", "export", "lost", "poison", "silent"], queries.Keys.Order(StringComparer.Ordinal));
        Assert.Contains($"/{QueueNames.PoisonCallbacks}/", queries["poison"], StringComparison.Ordinal);
        Assert.Contains("AppRequests", queries["errors"], StringComparison.Ordinal);
        var broken = queries["downloads"];
        var events = Events(typeof(DownloadLog), 1002, 1003);
        var names = string.Join(", ", events.Select(one => one.Name));
        Assert.Contains($"EventId) in (1002, 1003) or tostring(Properties.EventName) in ({names})", broken, StringComparison.Ordinal);

        // Slow clients and updates must not raise an alert.
        Assert.Contains(" aborted ({Reason}) after ", events[0].Text, StringComparison.Ordinal);
        var silent = new[] { FailureReason.ClientStalled, FailureReason.Interrupted }.Select(reason => $"Message !contains \"({reason})\"");
        Assert.EndsWith($" | where {string.Join(" and ", silent)}", broken, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alerts_query_the_events_of_lost_callbacks_failed_exports_and_unusable_backends()
    {
        var queries = await QueriesAsync();
        var lost = string.Join(", ", Events(typeof(CallbackReport), 4011, 4013).Select(one => one.Name));
        Assert.Equal($"AppTraces | where toint(Properties.EventId) in (4011, 4013) or tostring(Properties.EventName) in ({lost})", queries["lost"]);
        var unusable = Assert.Single(Events(typeof(ComponentHealth), 5000));
        var failed = Assert.Single(Events(typeof(ExportReport), 1203));
        Assert.Equal($"AppTraces | where toint(Properties.EventId) == 1203 or tostring(Properties.EventName) == {failed.Name}", queries["export"]);
        Assert.Equal($"AppTraces | where toint(Properties.EventId) == 5000 or tostring(Properties.EventName) == {unusable.Name}", queries["backend"]);
    }

    [Fact]
    public async Task An_alert_is_raised_when_the_probe_of_the_app_does_not_run()
    {
        var silent = Assert.Single(await AlertsAsync(), alert => alert.GetProperty("name").GetString()!.StartsWith("alert-silent-", StringComparison.Ordinal));
        var criterion = silent.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0];
        Assert.Equal(("LessThan", 1), (criterion.GetProperty("operator").GetString(), criterion.GetProperty("threshold").GetInt32()));

        // The name of the function, as text because these tests do not reference the app.
        var source = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "src/Egress.Functions/Probes/HealthProbe.cs"), Token);
        Assert.Contains("[Function(nameof(HealthProbe))]", source, StringComparison.Ordinal);
        Assert.Contains("endswith \"HealthProbe\"", criterion.GetProperty("query").GetString(), StringComparison.Ordinal);
    }

    private static async Task<List<JsonElement>> AlertsAsync() =>
    [
        .. (await BicepCompiler.PredictAsync()).Where(resource => resource.GetProperty("type").GetString() == "Microsoft.Insights/scheduledQueryRules"),
    ];

    /// <summary>Returns the query of each alert, by the second word of the alert's name.</summary>
    private static async Task<Dictionary<string, string>> QueriesAsync() => (await AlertsAsync()).ToDictionary(
        alert => alert.GetProperty("name").GetString()!.Split('-')[1],
        alert => alert.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!);

    private static List<(string Name, string Text)> Events(Type type, params int[] ids) =>
    [
        .. from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null && ids.Contains(message.EventId)
           orderby message.EventId
           select ($"\"{message.EventName ?? method.Name}\"", message.Message),
    ];

    private static string Name(string scope) => scope.Split('/') switch
    {
        [.., "queues", var queue] => $"queue `{queue}`",
        [.., "storageAccounts", var account] => $"storage account of the {(account.StartsWith("stobjects", StringComparison.Ordinal) ? "objects" : "host")}",
        [.., "vaults", _] => "Key Vault",
        [.., "components", _] => "Application Insights",
        _ => scope,
    };

    [GeneratedRegex(@"^\[extensionResourceId\('([^']+)'")]
    private static partial Regex Scope();

    /// <summary>Matches a row of the table of roles: | holder | role | `id` | scope | why |</summary>
    [GeneratedRegex(@"^\| (?<holder>app|deployer) \| [^|]+ \| `(?<role>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})` \| (?<scope>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex RoleRow();
}
