using Egress.Downloads;
using Egress.Telemetry;
using Xunit;

namespace Egress.Core.Tests.Telemetry;

public sealed class EgressMetricsTests : IDisposable
{
    private readonly TestMetrics _test = new();

    private EgressMetrics Metrics => _test.Metrics;

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Counters_exist_from_the_start_with_the_value_zero()
    {
        var all = _test.All();

        Assert.All(all.Values, value => Assert.Equal(0, value));
        Assert.Superset(
            new HashSet<string>
            {
                "egress_requests_total{status=200}", "egress_requests_total{status=503}", "egress_downloads_total{status=partial}",
                "egress_files_fetch_total{result=denied}", "egress_missing_files_total", "egress_storage_retries_total{storage_type=azure}",
                "egress_signature_failures_total", "egress_expired_requests_total", "egress_callbacks_total{status=failure}",
                "egress_callback_retries_total", "egress_client_disconnects_total", "egress_health_checks_failed_total{component=zip}",
                "egress_active_downloads", "egress_active_file_fetches", "egress_storage_stuck_reads", "egress_circuit_breaker_state{backend=storage}",
            },
            all.Keys.ToHashSet());
        Assert.DoesNotContain(all.Keys, series => series.StartsWith("egress_health_status", StringComparison.Ordinal));
    }

    [Fact]
    public void A_partial_download_is_counted_once_in_each_metric()
    {
        Metrics.DownloadStarted();
        Assert.Equal(1, _test.All()["egress_active_downloads"]);

        Metrics.DownloadFinished(Outcome(DownloadStatus.Partial, FailureReason.None));
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["egress_downloads_total{status=partial}"] = 1,
                ["egress_outgoing_bytes"] = 150,
                ["egress_incoming_bytes"] = 100,
                ["egress_compression_ratio"] = 1.5,
                ["egress_files_requested"] = 3,
                ["egress_files_success"] = 2,
            },
            _test.NotZero());
    }

    [Fact]
    public void A_download_is_active_until_all_of_it_is_counted()
    {
        var active = new List<double>();
        _test.Measured = series =>
        {
            if (series.StartsWith("egress_files_", StringComparison.Ordinal))
            {
                _test.Measured = null;
                active.Add(_test.All()["egress_active_downloads"]);
            }
        };
        Metrics.DownloadStarted();
        Metrics.DownloadFinished(Outcome(DownloadStatus.Completed, FailureReason.None));

        Assert.Equal([1], active);
        Assert.Equal(0, _test.All()["egress_active_downloads"]);
    }

    [Theory]
    [InlineData(FailureReason.ClientDisconnected, 1)]
    [InlineData(FailureReason.ClientStalled, 0)]
    [InlineData(FailureReason.StorageError, 0)]
    public void A_broken_download_has_no_ratio_and_counts_as_a_disconnect_if_the_client_disconnected(object reason, double disconnects)
    {
        Metrics.DownloadStarted();
        Metrics.DownloadFinished(Outcome(DownloadStatus.Failed, (FailureReason)reason));

        var all = _test.All();
        Assert.Equal(1, all["egress_downloads_total{status=failed}"]);
        Assert.Equal(disconnects, all["egress_client_disconnects_total"]);
        Assert.DoesNotContain("egress_compression_ratio", all.Keys);
        Assert.Equal(0, all["egress_active_downloads"]);
    }

    [Fact]
    public void A_range_before_the_end_counts_bytes_but_no_download()
    {
        Metrics.DownloadStarted();
        Metrics.DownloadFinished(Outcome(DownloadStatus.Completed, FailureReason.None) with { ReachesEnd = false });
        Assert.Equal(new Dictionary<string, double> { ["egress_outgoing_bytes"] = 150, ["egress_incoming_bytes"] = 100 }, _test.NotZero());
    }

    [Fact]
    public void An_unknown_status_makes_no_new_series()
    {
        var before = _test.All().Count;
        Metrics.RequestAnswered(418, TimeSpan.FromSeconds(2));
        Metrics.RequestAnswered(599, TimeSpan.FromSeconds(3));

        Assert.Equal(
            new Dictionary<string, double> { ["egress_requests_total{status=other}"] = 2, ["egress_request_duration_seconds"] = 5 }, _test.NotZero());
        Assert.Equal(before + 1, _test.All().Count);
    }

    [Theory]
    [InlineData(RejectionReason.SignatureInvalid, "egress_signature_failures_total")]
    [InlineData(RejectionReason.SignatureRequired, "egress_signature_failures_total")]
    [InlineData(RejectionReason.LinkExpired, "egress_expired_requests_total")]
    [InlineData(RejectionReason.RecordNotFound, null)]
    public void Refusals_of_links_are_counted(object reason, string? counter)
    {
        Metrics.RequestRefused((RejectionReason)reason);
        Assert.Equal(counter is null ? [] : new Dictionary<string, double> { [counter] = 1 }, _test.NotZero());
    }

    [Fact]
    public void Health_shows_the_last_check_and_counts_the_failed_ones()
    {
        Metrics.HealthChecked("storage", healthy: false);
        Metrics.HealthChecked("zip", healthy: true);
        Assert.Equal(0, _test.All()["egress_health_status{component=storage}"]);
        Assert.Equal(1, _test.All()["egress_health_status{component=zip}"]);

        Metrics.HealthChecked("storage", healthy: true);
        Assert.Equal(1, _test.All()["egress_health_status{component=storage}"]);
        Assert.Equal(1, _test.All()["egress_health_checks_failed_total{component=storage}"]);
        Assert.DoesNotContain("egress_health_status{component=database}", _test.All().Keys);
    }

    [Fact]
    public void The_metrics_show_the_state_of_the_breaker_and_the_retries()
    {
        _test.Breaker.Enter(out var generation);
        _test.Breaker.Leave(generation, Egress.Backends.CallResult.Failed);
        _test.Retries.Add();

        Assert.Equal(
            new Dictionary<string, double> { ["egress_circuit_breaker_state{backend=storage}"] = 1, ["egress_storage_retries_total{storage_type=azure}"] = 1 },
            _test.NotZero());
    }

    private static DownloadOutcome Outcome(DownloadStatus status, FailureReason reason) => new(status, reason)
    {
        FilesRequested = 3,
        FilesSucceeded = 2,
        SourceBytes = 100,
        ArchiveBytes = 150,
        Duration = TimeSpan.FromSeconds(1),
    };
}
