using System.Buffers;
using System.Globalization;
using System.Text;

namespace Egress.Settings.Formats;

/// <summary>
/// Reads and writes durations in the grammar of Go's <c>time.ParseDuration</c>, such as <c>500ms</c>, <c>1.5h</c> and <c>0</c>. Negative durations
/// are refused.
/// </summary>
public static class GoDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration. A duration shorter than a tick (100 ns) is rounded up, so that only zero is read as zero.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().TrimStart('+');
        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty || text.Length - rest.Length > 1)
        {
            return false;
        }

        var ticks = 0m;
        while (!rest.IsEmpty)
        {
            if (!TryReadPart(ref rest, out var part) || (ticks += part) > TimeSpan.MaxValue.Ticks)
            {
                return false;
            }
        }

        duration = TimeSpan.FromTicks((long)Math.Ceiling(ticks));
        return true;
    }

    /// <summary>Writes a duration in the format that <c>TryParse</c> reads.</summary>
    public static string Write(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0";
        }

        if (duration < TimeSpan.FromSeconds(1))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(decimal)duration.Ticks / TimeSpan.TicksPerMillisecond}ms");
        }

        var text = new StringBuilder();
        var seconds = (decimal)(duration.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerSecond;
        AppendPart(text, (long)duration.TotalHours, 'h');
        AppendPart(text, duration.Minutes, 'm');
        AppendPart(text, seconds, 's');
        return text.ToString();
    }

    private static void AppendPart(StringBuilder text, decimal value, char unit)
    {
        if (value > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{value}{unit}");
        }
    }

    private static bool TryReadPart(ref ReadOnlySpan<char> rest, out decimal ticks)
    {
        ticks = 0;
        var digits = rest.IndexOfAnyExcept(Digits);
        if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        rest = rest[digits..];
        var length = rest.IndexOfAny(Digits);
        var unit = length < 0 ? rest : rest[..length];
        rest = rest[unit.Length..];
        if (TicksPer(unit) is not { } ticksPerUnit || value > TimeSpan.MaxValue.Ticks)
        {
            return false;
        }

        ticks = value * ticksPerUnit;
        return true;
    }

    private static decimal? TicksPer(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
