using System.Reflection;
using System.Text.RegularExpressions;
using Egress.Callbacks.Queues;
using Egress.Downloads;
using Egress.Http.Responses;
using Egress.TestKit;
using Egress.TestKit.Deployment;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>What the app may do is what docs/deploy.md says, and the alerts ask for what Egress really logs.</summary>
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
            select $"{role} {Name(Scope().Match(resource.GetProperty("id").GetString()!).Groups[1].Value)}";

        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/deploy.md"), Token);
        var documented = RoleRow().Matches(page).Select(row => $"{row.Groups["role"].Value} {row.Groups["scope"].Value}");
        Assert.Equal(documented.Order(StringComparer.Ordinal), assigned.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Alerts_ask_for_the_poison_queue_and_for_the_events_of_broken_downloads()
    {
        var queries = (
            from resource in await BicepCompiler.PredictAsync()
            where resource.GetProperty("type").GetString() == "Microsoft.Insights/scheduledQueryRules"
            select resource.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!).ToList();

        Assert.Equal(3, queries.Count);
        Assert.Contains(queries, query => query.Contains($"/{CallbackQueueNames.Poison}/", StringComparison.Ordinal));
        Assert.Contains(queries, query => query.Contains("AppRequests", StringComparison.Ordinal));
        var broken = Assert.Single(queries, query => query.Contains("AppTraces", StringComparison.Ordinal));
        var events = (
            from method in typeof(DownloadLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message?.EventId is 1002 or 1003
            orderby message.EventId
            select (Name: $"\"{message.EventName ?? method.Name}\"", Text: message.Message)).ToList();
        var names = string.Join(", ", events.Select(one => one.Name));
        Assert.Contains($"EventId) in (1002, 1003) or tostring(Properties.EventName) in ({names})", broken, StringComparison.Ordinal);

        // What slow clients and updates do is no alert.
        Assert.Contains(" broken off ({Reason}) after ", events[0].Text, StringComparison.Ordinal);
        var silent = new[] { FailureReason.ClientStalled, FailureReason.Interrupted }.Select(reason => $"Message !contains \"({reason})\"");
        Assert.EndsWith($" | where {string.Join(" and ", silent)}", broken, StringComparison.Ordinal);
    }

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

    /// <summary>| role | `id` | scope | why |</summary>
    [GeneratedRegex(@"^\| [^|]+ \| `(?<role>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})` \| (?<scope>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex RoleRow();
}
