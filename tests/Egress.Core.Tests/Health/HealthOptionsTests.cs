using System.Globalization;
using Egress.Health;
using Egress.Settings;
using Xunit;

namespace Egress.Core.Tests.Health;

/// <summary>Tests of schedules in the format of the Functions host.</summary>
public sealed class HealthOptionsTests
{
    [Theory]
    [InlineData("*/30 * * * * *", "2026-02-03T04:05:06Z", "2026-02-03T04:05:30Z")]
    [InlineData("*/30 * * * * *", "2026-02-03T04:05:30Z", "2026-02-03T04:06:00Z")]
    [InlineData("0 */5 * * * *", "2026-02-03T04:05:06Z", "2026-02-03T04:10:00Z")]
    [InlineData("*/5 * * * *", "2026-02-03T04:05:06Z", "2026-02-03T04:10:00Z")]
    [InlineData("0 0 0 1 Jan *", "2026-02-03T04:05:06Z", "2027-01-01T00:00:00Z")]
    public void The_time_of_the_next_run_is_found(string schedule, string now, string next) => Assert.Equal(
        DateTimeOffset.Parse(next, CultureInfo.InvariantCulture),
        new HealthOptions { Schedule = schedule }.NextAfter(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("* * * *")]
    [InlineData("every minute")]
    [InlineData("60 * * * * *")]
    [InlineData("99999999999999999999 * * * * *")]
    [InlineData("00:00:30")]
    public void Anything_else_is_refused(string schedule)
    {
        var source = SettingSource.FromEnvironment(new Dictionary<string, string> { ["HEALTH_PROBE_SCHEDULE"] = schedule });
        var refused = Assert.Throws<SettingsException>(() => SettingsReader.Read(source, HostProfile.Server));
        Assert.Contains("HEALTH_PROBE_SCHEDULE", refused.Message, StringComparison.Ordinal);
    }
}
