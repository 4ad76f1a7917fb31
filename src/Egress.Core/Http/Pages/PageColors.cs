using System.Globalization;

namespace Egress.Http.Pages;

/// <summary>Calculates the contrast of colors (WCAG 2.2, relative luminance). Colors have the form <c>#rrggbb</c>.</summary>
internal static class PageColors
{
    /// <summary>The lowest contrast that text may have to its background (WCAG 2.2, 1.4.3).</summary>
    public const double LeastOfText = 4.5;

    private const int Steps = 32;

    /// <summary>Returns the contrast of two colors, from 1 to 21.</summary>
    public static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>Returns black or white, whichever has the greater contrast to a color.</summary>
    public static string TextOn(string color) => Contrast(color, "#ffffff") >= Contrast(color, "#000000") ? "#fff" : "#000";

    /// <summary>
    /// Returns the color itself if it is readable on a background. Otherwise mixes it with the least amount of black or white that makes it readable.
    /// </summary>
    /// <param name="color">The color of the text.</param>
    /// <param name="background">The background.</param>
    public static string Readable(string color, string background)
    {
        var target = TextOn(background) == "#fff" ? 255 : 0;
        var mixes = Enumerable.Range(0, Steps + 1).Select(step => Mix(color, target, step));
        return mixes.First(mixed => Contrast(mixed, background) >= LeastOfText);
    }

    private static string Mix(string color, int target, int step)
    {
        int Channel(int start) => ((Value(color, start) * (Steps - step)) + (target * step)) / Steps;
        return string.Create(CultureInfo.InvariantCulture, $"#{Channel(1):x2}{Channel(3):x2}{Channel(5):x2}");
    }

    private static double Luminance(string color) => (0.2126 * Linear(color, 1)) + (0.7152 * Linear(color, 3)) + (0.0722 * Linear(color, 5));

    private static double Linear(string color, int start)
    {
        var value = Value(color, start) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    private static int Value(string color, int start) => int.Parse(color.AsSpan(start, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
