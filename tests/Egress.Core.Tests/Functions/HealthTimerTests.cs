using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.Health;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Functions;

/// <summary>Compares the timer function, the setting with its schedule, and the sample of that setting.</summary>
public sealed partial class HealthTimerTests
{
    [Fact]
    public void The_host_reads_the_schedule_from_a_setting_of_the_core()
    {
        var trigger = TimerTrigger().Match(FunctionSources.Text("HealthProbe"));
        Assert.Equal(("HealthProbe", "HealthProbe"), (trigger.Groups["name"].Value, trigger.Groups["class"].Value));
        Assert.Equal("HEALTH_PROBE_SCHEDULE", trigger.Groups["setting"].Value);
        Assert.Contains("HEALTH_PROBE_SCHEDULE", SettingTable.Groups.SelectMany(group => group.Settings).Select(setting => setting.Name));
    }

    [Fact]
    public void The_sample_sets_it_because_the_host_knows_no_default()
    {
        var sample = JsonElement.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "local.settings.sample.json")));
        Assert.Equal(HealthOptions.DefaultSchedule, sample.GetProperty("Values").GetProperty("HEALTH_PROBE_SCHEDULE").GetString());
    }

    [GeneratedRegex("""class (?<class>\w+).*\[Function\(nameof\((?<name>\w+)\)\)\].*\[TimerTrigger\("%(?<setting>\w+)%"[,)]""", RegexOptions.Singleline)]
    private static partial Regex TimerTrigger();
}
