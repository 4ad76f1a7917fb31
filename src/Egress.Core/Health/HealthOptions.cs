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
    /// <param name="now">The time after which it runs.</param>
    public DateTimeOffset NextAfter(DateTimeOffset now) =>
        new(TryParse(Schedule)!.GetNextOccurrence(now.UtcDateTime), TimeSpan.Zero);

    /// <summary>Reads a schedule as the Functions host does: six fields, the first of them seconds, or the five of cron.</summary>
    /// <returns>Null when the text is not a schedule.</returns>
    internal static CrontabSchedule? TryParse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        try
        {
            return CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 });
        }
        catch (OverflowException)
        {
            return null; // the library throws for a number with too many digits
        }
    }
}
