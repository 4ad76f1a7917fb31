using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Health;

/// <summary>The settings of the scheduled health check.</summary>
internal static class HealthSettings
{
    internal static readonly SettingGroup Group = new(
        "Health",
        """
        A probe reads from the database, queries the storage, measures the callback queue, and writes and reads small archives with the ZIP engine.
        `egress_health_status` shows the results, and changes are logged. `/ready` makes its own checks and does not wait for the probe.
        """);

    private static readonly Setting<string> Schedule = Group.Add<string>(new("HEALTH_PROBE_SCHEDULE", new ValueFormat<string>(
        "an NCRONTAB expression of six fields (second, minute, hour, day, month, day of the week), or of five without the second",
        TryParse, static text => text))
    {
        Default = HealthOptions.DefaultSchedule,
        Text = "When the probe runs, in UTC. The Functions host reads this setting itself, without a default. If it is not set in the Functions app, "
            + "the host does not run `HealthProbe`.",
    });

    internal static HealthOptions Bind(SettingBinder binder, HostProfile host)
    {
        if (!host.IsServer && !binder.IsSet(Schedule))
        {
            binder.Warn($"{Schedule.Name} is not set, and the Functions host has no default: it does not run HealthProbe; {HealthOptions.DefaultSchedule} would run it every half minute");
        }

        return new HealthOptions { Schedule = binder.Get(Schedule) };
    }

    private static bool TryParse(string text, out string value)
    {
        value = text.Trim();
        return HealthOptions.TryParse(value) is not null;
    }
}
