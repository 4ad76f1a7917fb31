using NCrontab;

namespace Egress.Health;

/// <summary>The schedule of the health check.</summary>
public sealed record HealthOptions
{
    /// <summary>The default schedule: every half minute.</summary>
    public const string DefaultSchedule = "*/30 * * * * *";

    /// <summary>The schedule as an NCRONTAB expression, in UTC. In Functions, the host reads the setting itself.</summary>
    public string Schedule { get; init; } = DefaultSchedule;

    /// <summary>Returns the time of the next run.</summary>
    /// <param name="now">The current time.</param>
    public DateTimeOffset NextAfter(DateTimeOffset now) =>
        new(TryParse(Schedule)!.GetNextOccurrence(now.UtcDateTime), TimeSpan.Zero);

    /// <summary>Parses a schedule in the formats of the Functions host: six fields that begin with seconds, or the five fields of cron.</summary>
    /// <returns>The schedule; null if the text has another format.</returns>
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
