using System.Globalization;
using Egress.Benchmarks.Remote;

namespace Egress.Benchmarks.SmallObjects;

/// <summary>The objects of the comparison. All processes of the comparison use this list.</summary>
internal static class SmallObjectSets
{
    public static readonly SimulatedBucket Middle = new("middle", Keys(1000), 64 << 10);
    public static readonly SimulatedBucket Small = new("small", Keys(10000), 4 << 10);

    public static readonly SimulatedBucket Large = new("large", ["film.mp4"], 1 << 30);

    /// <summary>The buckets of the storage.</summary>
    public static IReadOnlyList<SimulatedBucket> Served => [.. All, Large];

    public static IReadOnlyList<SimulatedBucket> All { get; } = [Middle, Small];

    private static IEnumerable<string> Keys(int count) =>
        Enumerable.Range(0, count).Select(static i => string.Create(CultureInfo.InvariantCulture, $"2024/{i:00000}.jpg"));
}
