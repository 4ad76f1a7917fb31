using System.Globalization;
using System.Text.RegularExpressions;

namespace Egress.Records.Json;

/// <summary>Reads and writes times as RFC 3339 defines them.</summary>
internal static partial class Rfc3339
{
    /// <summary>Reads a time. A leap second becomes the following second, because Unix time has no leap seconds.</summary>
    /// <returns>The time; null if the text is not in the format of RFC 3339, which requires a UTC offset.</returns>
    public static DateTimeOffset? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var isLeap = match.Groups["second"].Value is "60";
        var plain = isLeap ? string.Concat(text.AsSpan(0, match.Groups["second"].Index), "59", text.AsSpan(match.Groups["second"].Index + 2)) : text;
        if (!DateTimeOffset.TryParse(plain, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        return isLeap ? AfterLeapSecond(time) : time;
    }

    /// <summary>Writes a time in the format that <see cref="Parse"/> reads.</summary>
    public static string Write(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture);

    /// <summary>
    /// Returns the second after a leap second; null if there can be no leap second at that time, because they end a month in UTC (RFC 3339 §5.7).
    /// </summary>
    /// <param name="before">A time within the second before the leap second.</param>
    private static DateTimeOffset? AfterLeapSecond(DateTimeOffset before)
    {
        if (DateTimeOffset.MaxValue - before < TimeSpan.FromSeconds(1))
        {
            return null;
        }

        var after = before.AddSeconds(1);
        return after.UtcDateTime is { Day: 1, Hour: 0, Minute: 0, Second: 0 } ? after : null;
    }

    // RFC 3339 §5.6: the offset is required, and the fraction may have any number of digits.
    [GeneratedRegex(
        @"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(?<second>\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z",
        RegexOptions.CultureInvariant | RegexOptions.ECMAScript | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
