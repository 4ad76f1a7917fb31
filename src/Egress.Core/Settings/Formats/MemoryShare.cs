using System.Globalization;

namespace Egress.Settings.Formats;

/// <summary>An amount of memory: a number of bytes, or a share of the memory that the process may use.</summary>
/// <param name="Bytes">The amount in bytes; zero if it is a share.</param>
/// <param name="Percent">The share in percent; null if it is a number of bytes.</param>
internal readonly record struct MemoryShare(long Bytes, int? Percent)
{
    /// <summary>The format of a setting with a size or a percentage from 1 to 100.</summary>
    public static ValueFormat<MemoryShare> Format { get; } = new(
        "a percentage from `1%` to `100%`, or a size in bytes, or with `K`, `M`, `G`, `T` (powers of 1024)",
        TryParse,
        share => share.ToString());

    /// <summary>Returns a share of the memory that the process may use.</summary>
    public static MemoryShare OfPercent(int percent) => new(0, percent);

    /// <summary>Returns the amount in bytes.</summary>
    /// <param name="limit">The memory that the process may use, in bytes.</param>
    public long Of(long limit) => Percent is { } percent ? (long)((Int128)limit * percent / 100) : Bytes;

    /// <inheritdoc/>
    public override string ToString() =>
        Percent is { } percent ? percent.ToString(CultureInfo.InvariantCulture) + "%" : ByteSize.Write(Bytes);

    private static bool TryParse(string text, out MemoryShare share)
    {
        var trimmed = text.Trim();
        if (trimmed.EndsWith('%'))
        {
            var isNumber = int.TryParse(trimmed[..^1].TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var percent);
            share = OfPercent(percent);
            return isNumber && percent is >= 1 and <= 100;
        }

        var isSize = ByteSize.TryParse(trimmed, out var bytes);
        share = new MemoryShare(bytes, null);
        return isSize;
    }
}
