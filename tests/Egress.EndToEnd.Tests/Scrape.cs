using System.Globalization;
using Egress.TestKit;

namespace Egress.EndToEnd.Tests;

/// <summary>Reads metrics in the text format of Prometheus.</summary>
internal static class Scrape
{
    /// <summary>Reads the series of <c>/metrics</c>.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> ReadAsync(HttpClient client, CancellationToken cancellationToken) =>
        Parse(await client.GetStringAsync("/metrics", cancellationToken));

    /// <summary>Reads <c>/metrics</c> until a series has a given value.</summary>
    public static Task<IReadOnlyDictionary<string, double>> UntilAsync(
        HttpClient client, string series, double value, CancellationToken cancellationToken) =>
        UntilAsync(client, shown => shown.TryGetValue(series, out var now) && now.Equals(value), $"{series} = {value}", cancellationToken);

    /// <summary>Reads <c>/metrics</c> until a condition holds.</summary>
    public static Task<IReadOnlyDictionary<string, double>> UntilAsync(
        HttpClient client, Func<IReadOnlyDictionary<string, double>, bool> wanted, string what, CancellationToken cancellationToken) =>
        Eventually.UntilAsync(() => ReadAsync(client, cancellationToken), wanted, what, Describe, cancellationToken);

    /// <summary>Returns how much each counter grew, except durations, which a test cannot predict.</summary>
    public static IReadOnlyDictionary<string, double> Change(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after) => (
        from series in after
        let change = series.Value - before.GetValueOrDefault(series.Key)
        where change != 0 && series.Key.StartsWith("egress_", StringComparison.Ordinal)
            && !series.Key.Contains("_bucket", StringComparison.Ordinal)
            && !series.Key.Contains("seconds_sum", StringComparison.Ordinal)
        select KeyValuePair.Create(series.Key, change)).ToDictionary();

    private static string Describe(IReadOnlyDictionary<string, double> shown) => string.Join('\n', Change(new Dictionary<string, double>(), shown));

    private static Dictionary<string, double> Parse(string text) => (
        from line in text.Split('\n')
        where line.Length > 0 && line[0] != '#'
        let end = line.LastIndexOf('}') + 1
        let parts = line[end..].Trim().Split(' ')
        select end > 0
            ? KeyValuePair.Create(line[..end].Replace("{}", "", StringComparison.Ordinal), double.Parse(parts[0], CultureInfo.InvariantCulture))
            : KeyValuePair.Create(parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture))).ToDictionary();
}
