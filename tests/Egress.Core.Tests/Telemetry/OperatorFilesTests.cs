using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Telemetry;

/// <summary>Tests that the dashboard, the alert rules and the runbook agree with each other and with the registered metrics.</summary>
public sealed partial class OperatorFilesTests
{
    private const string DataSource = "${datasource}";

    private static readonly JsonElement Dashboard = JsonElement.Parse(Read("grafana/egress.json"));

    private static readonly string Alerts = Read("prometheus/alerts.yml");

    [Fact]
    public void The_dashboard_queries_every_metric_and_only_metrics_that_exist()
    {
        var asked = Panels().SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
            .SelectMany(static target => MetricsIn(target.GetProperty("expr").GetString()!)).Distinct();
        Assert.Equal(Registered().Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_panel_and_variable_takes_its_data_from_where_the_operator_chooses()
    {
        Assert.All(Panels(), static panel =>
        {
            Assert.Equal(DataSource, SourceOf(panel));
            Assert.All(panel.GetProperty("targets").EnumerateArray(), static target => Assert.Equal(DataSource, SourceOf(target)));
        });
        var variables = Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().ToList();
        Assert.Equal(("datasource", "datasource"), (Text(variables[0], "name"), Text(variables[0], "type")));
        Assert.All(variables.Skip(1), static variable => Assert.Equal(DataSource, SourceOf(variable)));
    }

    [Fact]
    public void Panels_have_a_place_and_an_id_of_their_own()
    {
        var all = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(all.Count, all.Select(static panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(all.Count, all.Select(static panel => (panel.GetProperty("gridPos").GetProperty("x").GetInt32(), panel.GetProperty("gridPos").GetProperty("y").GetInt32())).Distinct().Count());
        Assert.Equal(
            ["Now", "Traffic", "Outcomes", "Latency", "Storage", "Callbacks", "Memory"],
            all.Where(static panel => Text(panel, "type") == "row").Select(static panel => Text(panel, "title")));
    }

    [Fact]
    public void Alerts_query_metrics_that_exist() =>
        Assert.Empty(MetricsIn(AlertExpressions()).Except(Registered()));

    [Fact]
    public void Each_alert_has_its_paragraph_in_the_runbook_and_points_to_it()
    {
        var alerts = AlertName().Matches(Alerts).Select(static alert => alert.Groups[1].Value).ToList();
        var runbook = Read("operations.md").Split("\n## Alerts\n")[1].Split("\n## ")[0];
        Assert.Equal(alerts.Order(), Heading().Matches(runbook).Select(static heading => heading.Groups[1].Value).Order());
        Assert.Equal(
            alerts.Select(static name => $"operations.md#{name.ToLowerInvariant()}"),
            RunbookLink().Matches(Alerts).Select(static link => link.Groups[1].Value));
        Assert.Equal(alerts.Count, Alerts.Split("runbook_url:").Length - 1);
    }

    private static List<JsonElement> Panels() => [.. Dashboard.GetProperty("panels").EnumerateArray().Where(static panel => Text(panel, "type") != "row")];

    private static HashSet<string> Registered()
    {
        using var test = new TestMetrics();
        return [.. test.Instruments.Select(static instrument => instrument.Name)];
    }

    /// <summary>Returns the metrics of Egress in a query. For a series of a histogram it returns the histogram.</summary>
    private static IEnumerable<string> MetricsIn(string query) =>
        MetricName().Matches(query).Select(static name => Regex.Replace(name.Value, "_(bucket|sum|count)$", "")).Distinct();

    private static string AlertExpressions() =>
        string.Join('\n', Expression().Matches(Alerts).Select(static expression => expression.Value));

    private static string? SourceOf(JsonElement element) => Text(element.GetProperty("datasource"), "uid");

    private static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();

    private static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", path));

    [GeneratedRegex(@"egress_\w+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"expr: (.*\n)(\s+[^\s:]+ .*\n)*")]
    private static partial Regex Expression();

    [GeneratedRegex(@"^### (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"runbook_url: '\{\{ or \$externalLabels\.egress_docs ""docs"" \}\}/(\S+)'\n")]
    private static partial Regex RunbookLink();
}
