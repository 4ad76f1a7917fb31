namespace Egress.Zip.Format;

/// <summary>Converts the time of an entry to the formats of MS-DOS and Unix.</summary>
internal static class ZipTime
{
    /// <summary>
    /// Returns the MS-DOS date and time in UTC (APPNOTE 4.4.6), which has even seconds from 1980 to 2107. The earliest time is returned for no time and for
    /// times outside of this range.
    /// </summary>
    public static uint ToDos(DateTimeOffset? time)
    {
        var utc = time?.UtcDateTime ?? DateTime.MinValue;
        return utc.Year switch
        {
            < 1980 or > 2107 => 1 << 21 | 1 << 16,
            _ => (uint)((utc.Year - 1980) << 25 | utc.Month << 21 | utc.Day << 16 | utc.Hour << 11 | utc.Minute << 5 | utc.Second / 2),
        };
    }

    /// <summary>Whether the extended timestamp (0x5455), which has signed 32-bit seconds since 1970, can contain the time.</summary>
    public static bool FitsUnix(DateTimeOffset? time) => time?.ToUnixTimeSeconds() is >= int.MinValue and <= int.MaxValue;
}
