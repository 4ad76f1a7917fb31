using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>Checks the alert rules with promtool, and replays incidents against them.</summary>
public sealed class AlertTests
{
    [Theory]
    [InlineData("check", "docs/prometheus/alerts.yml")]
    [InlineData("test", "tests/Egress.EndToEnd.Tests/Observability/alerts.test.yml")]
    public async Task The_rules_are_valid_and_fire_for_their_incidents(string command, string file)
    {
        var promtool = Executable.Require("promtool");
        var result = await promtool.RunAsync(command, "rules", Path.Combine(RepositoryRoot.Path, file));
        Assert.Contains("SUCCESS", result.EnsureSuccess().Output, StringComparison.Ordinal);
    }
}
