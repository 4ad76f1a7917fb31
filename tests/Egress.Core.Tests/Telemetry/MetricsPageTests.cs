using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Egress.Downloads;
using Egress.Telemetry;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Telemetry;

/// <summary>Compares <c>docs/metrics.md</c> with the registered instruments.</summary>
public sealed partial class MetricsPageTests
{
    [Fact]
    public void The_page_lists_every_metric_with_its_type_labels_and_meaning()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "metrics.md"));
        var documented = Row().Matches(page).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value));

        Assert.Equal(Registered().Order(), documented.Order());
    }

    private static List<(string Name, string Type, string Labels, string Meaning)> Registered()
    {
        using var test = new TestMetrics();
        UseEverything(test.Metrics);
        var labels = test.All().Keys.Select(series => series.Split('{')).ToLookup(series => series[0], series => series.ElementAtOrDefault(1) ?? "");
        return [.. test.Instruments.Select(instrument => (instrument.Name, Type(instrument), Labels(labels[instrument.Name]), instrument.Description!))];
    }

    /// <summary>Makes a measurement with each instrument that has labels. A histogram has labels only after its first measurement.</summary>
    private static void UseEverything(EgressMetrics metrics)
    {
        metrics.RecordLookedUp(TimeSpan.Zero);
        metrics.StorageFetched(FetchResult.Success, TimeSpan.Zero);
        metrics.RequestAnswered(200, TimeSpan.Zero);
        metrics.CallbackQueueMeasured(CallbackQueueKind.Poison, 1, TimeSpan.Zero);
        metrics.HealthChecked("zip", healthy: true);
        metrics.DownloadFinished(new DownloadOutcome(DownloadStatus.Completed, FailureReason.None)
        {
            FilesRequested = 1,
            FilesSucceeded = 1,
            SourceBytes = 1,
            ArchiveBytes = 1,
            Duration = TimeSpan.Zero,
        });
    }

    private static string Labels(IEnumerable<string> series) => string.Join(
        ", ", series.SelectMany(labels => labels.TrimEnd('}').Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(label => $"`{label.Split('=')[0]}`").Distinct());

    private static string Type(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "ObservableCounter" => "counter",
        "ObservableGauge" or "ObservableUpDownCounter" => "gauge",
        "Histogram" => "histogram",
        var other => other,
    };

    [GeneratedRegex(@"^\| `(egress_\w+)` \| (\w+) \| ([^|]*?) ?\| ([^|]*) \| `[^|]+` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
