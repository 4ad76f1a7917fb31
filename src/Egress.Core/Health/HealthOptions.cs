using NCrontab;

namespace Egress.Health;

/// <summary>When the probe runs.</summary>
public sealed record HealthOptions
{
    /// <summary>The default schedule: every half minute.</summary>
    public const string DefaultSchedule = "*/30 * * * * *";

    /// <summary>NCRONTAB, in UTC. The Functions host reads the setting itself.</summary>
    public string Schedule { get; init; } = DefaultSchedule;

    /// <summary>When the probe runs next.</summary>
    /// <param name="now">From when on.</param>
    public DateTimeOffset NextAfter(DateTimeOffset now) =>
        new(TryParse(Schedule)!.GetNextOccurrence(now.UtcDateTime), TimeSpan.Zero);

    /// <summary>Reads a schedule as the Functions host does: six fields, the first of them seconds, or the five of cron.</summary>
    /// <returns>Null when it is none.</returns>
    internal static CrontabSchedule? TryParse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 });
    }
}
