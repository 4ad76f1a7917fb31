using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>The alert rules in the hands of Prometheus' own tool.</summary>
public sealed class AlertTests
{
    [Theory]
    [InlineData("check", "docs/prometheus/alerts.yml")]
    [InlineData("test", "tests/Egress.EndToEnd.Tests/Observability/alerts.test.yml")]
    public async Task The_rules_are_in_order_and_fire_for_what_they_are_about(string command, string file)
    {
        var promtool = Executable.Require("promtool");
        var result = await promtool.RunAsync(command, "rules", Path.Combine(RepositoryRoot.Path, file));
        Assert.Contains("SUCCESS", result.EnsureSuccess().Output, StringComparison.Ordinal);
    }
}
