namespace Egress.Load;

/// <summary>Arguments with defaults.</summary>
internal static class Defaults
{
    /// <summary>The element at an index, or the default behind the end.</summary>
    public static double ElementAtOrDefault(this double[] numbers, int index, double fallback) => index < numbers.Length ? numbers[index] : fallback;
}
