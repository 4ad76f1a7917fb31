using Egress.Health;
using Egress.Settings.Formats;

namespace Egress.Settings;

/// <summary>Settings of the health probe.</summary>
internal static class HealthSettings
{
    internal static readonly SettingGroup Group = new(
        "Health",
        """
        A probe reads from the database, asks the storage, and sends a canary archive through the ZIP engine; what it finds is shown by
        `egress_health_status` and logged when it changes. `/ready` asks by itself and does not wait for the probe.
        """);

    private static readonly Setting<string> Schedule = Group.Add<string>(new("HEALTH_PROBE_SCHEDULE", new ValueFormat<string>(
        "an NCRONTAB expression of six fields (second, minute, hour, day, month, day of the week), or of five without the second",
        TryParse, static text => text))
    {
        Default = HealthOptions.DefaultSchedule,
        Text = "When the probe runs, in UTC. The Functions host reads this setting itself and knows no default: there it must be set, "
            + "or the host leaves `HealthProbe` out.",
    });

    internal static HealthOptions Bind(SettingBinder binder, HostProfile host)
    {
        if (!host.IsServer && !binder.IsSet(Schedule))
        {
            binder.Warn($"{Schedule.Name} is not set, and the Functions host knows no default: it does not run HealthProbe; {HealthOptions.DefaultSchedule} would run it every half minute");
        }

        return new HealthOptions { Schedule = binder.Get(Schedule) };
    }

    private static bool TryParse(string text, out string value)
    {
        value = text.Trim();
        return HealthOptions.TryParse(value) is not null;
    }
}
