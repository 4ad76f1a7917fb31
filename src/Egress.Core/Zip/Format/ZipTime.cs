namespace Egress.Zip.Format;

/// <summary>The two formats of the time of an entry.</summary>
internal static class ZipTime
{
    /// <summary>
    /// MS-DOS date and time (APPNOTE 4.4.6), in UTC: 1980 to 2107, even seconds. The earliest time stands for no time and for times outside of this
    /// range.
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

    /// <summary>Whether the time can be given in the extended timestamp (0x5455): signed 32-bit seconds since 1970.</summary>
    public static bool FitsUnix(DateTimeOffset? time) => time?.ToUnixTimeSeconds() is >= int.MinValue and <= int.MaxValue;
}
