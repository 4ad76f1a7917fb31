using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>Tests of the series in a real Prometheus after every event has happened once.</summary>
public sealed class PrometheusTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_way_a_download_can_end_is_counted_exactly_once()
    {
        var listener = FreePort.Next();
        await using var receiver = await CallbackReceiver.StartAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status410Gone;
            return Task.CompletedTask;
        });
        await using var observed = await ObservedServer.StartAsync(Token, ("METRICS_PORT", $"{listener}"));
        await using var prometheus = await PrometheusServer.StartAsync(
            ("egress", $"127.0.0.1:{observed.Server.Port}"), ("side-car", $"localhost:{listener}"));
        var before = await prometheus.UntilAsync(
            "egress", static shown => shown.GetValueOrDefault("egress_health_status{component=\"zip\"}") == 1, "the first probe", Token);

        await observed.RunScenarioAsync(receiver.Url, Token);
        await receiver.NextAsync(Token);

        foreach (var job in new[] { "egress", "side-car" })
        {
            await Eventually.UntilAsync(
                async () => Change(before, await prometheus.ReadAsync(job, Token)),
                static change => change.SequenceEqual(Expected),
                $"every change in the series of {job}",
                static change => $"{string.Join(", ", change.Except(Expected))} instead of {string.Join(", ", Expected.Except(change))}",
                Token);
        }
    }

    /// <summary>The expected value of every series that changes, except sums of bytes and seconds.</summary>
    private static readonly SortedDictionary<string, double> Expected = new(StringComparer.Ordinal)
    {
        ["egress_callbacks_total{status=\"failure\"}"] = 1,
        ["egress_circuit_breaker_state{backend=\"storage\"}"] = 1,
        ["egress_client_disconnects_total"] = 1,
        ["egress_compression_ratio_count"] = 3, // the complete, the partial and the reported download
        ["egress_database_query_duration_seconds_count{db_type=\"sqlite\"}"] = 9, // all events except the expired link and the wrong signature
        ["egress_deliveries_total{status=\"completed\"}"] = 1, // the reported download, because only records with a callback have deliveries
        ["egress_downloads_total{status=\"completed\"}"] = 2, // the complete and the reported download
        ["egress_downloads_total{status=\"failed\"}"] = 2, // one because of the storage, one because of the client
        ["egress_downloads_total{status=\"partial\"}"] = 1,
        ["egress_expired_requests_total"] = 1,
        ["egress_files_fetch_total{result=\"error\"}"] = 4, // one for each request to the failing storage
        ["egress_files_fetch_total{result=\"missing\"}"] = 1,
        ["egress_files_fetch_total{result=\"success\"}"] = 6,
        ["egress_files_requested_count"] = 5,
        ["egress_files_requested_sum"] = 7,
        ["egress_files_success_count"] = 5,
        ["egress_files_success_sum"] = 4,
        ["egress_incoming_bytes_count"] = 5,
        ["egress_manifests_total{source=\"planned\"}"] = 5, // each request that the storage answers, because MANIFEST_REUSE is 0
        ["egress_missing_files_total"] = 1,
        ["egress_outgoing_bytes_count"] = 5,
        ["egress_request_duration_seconds_count"] = 11,
        ["egress_requests_total{status=\"200\"}"] = 5,
        ["egress_requests_total{status=\"401\"}"] = 1,
        ["egress_requests_total{status=\"410\"}"] = 1,
        ["egress_requests_total{status=\"502\"}"] = 3,
        ["egress_requests_total{status=\"503\"}"] = 1,
        ["egress_signature_failures_total"] = 1,
        ["egress_storage_fetch_duration_seconds_count{result=\"success\",storage_type=\"s3\"}"] = 6,
        ["egress_storage_retries_total{storage_type=\"s3\"}"] = 4, // one in the aborted transfer, and one for each response with 502
    };

    private static SortedDictionary<string, double> Change(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after) => new(
        Scrape.Change(before, after)
            .Where(static series => !series.Key.EndsWith("bytes_sum", StringComparison.Ordinal) && !series.Key.EndsWith("ratio_sum", StringComparison.Ordinal))
            .ToDictionary(),
        StringComparer.Ordinal);
}
