using NCrontab;

namespace Egress.Health;

/// <summary>The schedule of the health check.</summary>
public sealed record HealthOptions
{
    /// <summary>The default schedule: every half minute.</summary>
    public const string DefaultSchedule = "*/30 * * * * *";

    /// <summary>NCRONTAB, in UTC. The Functions host reads the setting itself.</summary>
    public string Schedule { get; init; } = DefaultSchedule;

    /// <summary>Returns the time of the next run.</summary>
    /// <param name="now">The time after which it runs.</param>
    public DateTimeOffset NextAfter(DateTimeOffset now) =>
        new(TryParse(Schedule)!.GetNextOccurrence(now.UtcDateTime), TimeSpan.Zero);

    /// <summary>Reads a schedule like the Functions host: six fields that begin with seconds, or the five fields of cron.</summary>
    /// <returns>Null if the text is not a schedule.</returns>
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
