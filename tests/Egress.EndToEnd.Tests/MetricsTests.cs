using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Tests of the metrics of the built server.</summary>
public sealed class MetricsTests
{
    /// <summary>The metric that is recorded last in a request.</summary>
    private const string LastOfRequest = "egress_request_duration_seconds_count";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_way_a_request_can_end_changes_just_its_metrics()
    {
        await using var server = await EgressServer.StartAsync(("IGNORE_MISSING", "true"), ("COMPRESSION_LEVEL", "0"), ("MANIFEST_REUSE", "0"));
        await server.PutAsync("b", "a.txt", new byte[100]);
        await server.PutAsync("b", "b.txt", new byte[50]);
        await server.PutAsync("b", "big.jpg", new byte[32 << 20]);
        var (complete, partial) = (await server.CreateLinkAsync("b", "a.txt", "b.txt"), await server.CreateLinkAsync("b", "a.txt", "gone.txt"));
        var (missing, big) = (await server.CreateLinkAsync("b", "gone.txt"), await server.CreateLinkAsync("b", "big.jpg"));

        var length = (await server.Client.GetByteArrayAsync(complete, Token)).Length;
        var start = await CountedAsync(1);
        await ExpectAsync(() => server.Client.GetByteArrayAsync(complete, Token), new()
        {
            ["egress_downloads_total{status=\"completed\"}"] = 1,
            ["egress_manifests_total{source=\"planned\"}"] = 1,
            ["egress_requests_total{status=\"200\"}"] = 1,
            ["egress_request_duration_seconds_count"] = 1,
            ["egress_database_query_duration_seconds_count{db_type=\"sqlite\"}"] = 1,
            ["egress_storage_fetch_duration_seconds_count{result=\"success\",storage_type=\"local\"}"] = 2,
            ["egress_files_fetch_total{result=\"success\"}"] = 2,
            ["egress_files_requested_count"] = 1,
            ["egress_files_requested_sum"] = 2,
            ["egress_files_success_count"] = 1,
            ["egress_files_success_sum"] = 2,
            ["egress_incoming_bytes_count"] = 1,
            ["egress_incoming_bytes_sum"] = 150,
            ["egress_outgoing_bytes_count"] = 1,
            ["egress_outgoing_bytes_sum"] = length,
            ["egress_compression_ratio_count"] = 1,
            ["egress_compression_ratio_sum"] = Math.Round(length / 150.0, 6),
        });
        await ExpectSomeAsync(() => server.Client.GetByteArrayAsync(partial, Token), new()
        {
            ["egress_downloads_total{status=\"partial\"}"] = 1,
            ["egress_missing_files_total"] = 1,
            ["egress_files_fetch_total{result=\"missing\"}"] = 1,
            ["egress_files_requested_sum"] = 2,
            ["egress_files_success_sum"] = 1,
        });
        await ExpectSomeAsync(() => server.Client.GetAsync(missing, Token), new()
        {
            ["egress_requests_total{status=\"404\"}"] = 1,
            ["egress_files_fetch_total{result=\"missing\"}"] = 1,
            ["egress_missing_files_total"] = 1,
        });
        await ExpectAsync(() => server.Client.GetAsync("/x?signature=00", Token), new()
        {
            ["egress_requests_total{status=\"401\"}"] = 1,
            ["egress_request_duration_seconds_count"] = 1,
            ["egress_signature_failures_total"] = 1,
        });
        await ExpectAsync(() => server.Client.GetAsync(EgressServer.Link("x", "1000"), Token), new()
        {
            ["egress_requests_total{status=\"410\"}"] = 1,
            ["egress_request_duration_seconds_count"] = 1,
            ["egress_expired_requests_total"] = 1,
        });

        await using (var leaving = await RawHttpClient.SendAsync(new Uri(server.Client.BaseAddress!, big), cancellationToken: Token))
        {
            await leaving.ReadRawAsync(1000, Token);
            leaving.Reset();
        }

        await Scrape.UntilAsync(server.Client, "egress_client_disconnects_total", 1, Token);
        var end = await Scrape.UntilAsync(server.Client, "egress_active_file_fetches", 0, Token);
        Assert.Equal(1, Scrape.Change(start, end)["egress_downloads_total{status=\"failed\"}"]);

        async Task ExpectAsync(Func<Task> action, Dictionary<string, double> expected) => Assert.Equal(expected, await ChangeAsync(action));

        async Task ExpectSomeAsync(Func<Task> action, Dictionary<string, double> expected)
        {
            var change = await ChangeAsync(action);
            Assert.All(expected, series => Assert.Equal(series.Value, change.GetValueOrDefault(series.Key)));
        }

        async Task<IReadOnlyDictionary<string, double>> ChangeAsync(Func<Task> action)
        {
            var before = await Scrape.ReadAsync(server.Client, Token);
            await action();
            var after = await CountedAsync(before[LastOfRequest] + 1);
            return Scrape.Change(before, after).ToDictionary(static s => s.Key, static s => Math.Round(s.Value, 6));
        }

        // The client can receive its last byte before the server counts the download, and a scrape can happen between two of its metrics.
        async Task<IReadOnlyDictionary<string, double>> CountedAsync(double requests)
        {
            await Scrape.UntilAsync(server.Client, LastOfRequest, requests, Token);
            return await Scrape.ReadAsync(server.Client, Token);
        }
    }

    [Fact]
    public async Task Fifty_downloads_are_active_until_they_are_complete_or_aborted()
    {
        await using var server = await EgressServer.StartAsync();
        await server.PutAsync("b", "big.jpg", new byte[32 << 20]);
        var link = new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg"));
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawHttpClient.SendAsync(link, cancellationToken: Token)));
        using (var head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token))
        {
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        }

        await Scrape.UntilAsync(server.Client, "egress_active_downloads", 50, Token);
        foreach (var client in clients.Take(40))
        {
            client.Reset();
        }

        await Scrape.UntilAsync(server.Client, "egress_active_downloads", 10, Token);
        await Task.WhenAll(clients.Skip(40).Select(client => client.ReadBodyAsync(cancellationToken: Token)));
        await Scrape.UntilAsync(server.Client, "egress_downloads_total{status=\"completed\"}", 10, Token);
        await Scrape.UntilAsync(server.Client, "egress_active_downloads", 0, Token);
        var end = await Scrape.UntilAsync(server.Client, "egress_active_file_fetches", 0, Token);
        Assert.Equal(40, end["egress_downloads_total{status=\"failed\"}"]);
        Assert.Equal(10, end["egress_downloads_total{status=\"completed\"}"]);
    }

    /// <summary>The difference between the two metrics is the number of downloads that failed for other reasons.</summary>
    [Fact]
    public async Task A_client_that_disconnects_before_the_first_byte_is_not_a_broken_download()
    {
        await using var remote = await RemoteServer.StartAsync("s3");
        await remote.PutAsync("a.txt", new byte[100]);
        var link = await remote.AddAsync(new ObjectItem("a.txt"));
        var stall = remote.Proxy.FailHead(Fault.Stall(afterBytes: 0), when: static head => head.Target.Contains("a.txt", StringComparison.Ordinal));
        using var leaving = new CancellationTokenSource();
        var answer = remote.Server.Client.GetAsync(link, leaving.Token);
        await stall.Applied;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);

        var shown = await Scrape.UntilAsync(remote.Server.Client, "egress_requests_total{status=\"499\"}", 1, Token);
        Assert.Equal(0, shown["egress_client_disconnects_total"]);
        Assert.Equal(0, shown["egress_downloads_total{status=\"failed\"}"]);
    }

    [Fact]
    public async Task The_text_passes_the_linter_of_Prometheus()
    {
        var promtool = Executable.Require("promtool");
        await using var server = await EgressServer.StartAsync();
        await server.Client.GetAsync(EgressServer.Link("sample"), HttpCompletionOption.ResponseContentRead, Token);
        var lines = (await server.Client.GetStringAsync("/metrics", Token)).Split('\n');
        var ours = string.Join('\n', lines.Where(line => line.Contains("egress_", StringComparison.Ordinal) && !line.StartsWith("target_info", StringComparison.Ordinal)));
        Assert.Contains("# TYPE egress_requests_total counter", ours, StringComparison.Ordinal);
        Assert.Contains("dotnet_", string.Concat(lines), StringComparison.Ordinal);

        using var input = new MemoryStream(Encoding.UTF8.GetBytes(ours + "\n"));
        var result = await promtool.RunAsync(new ExecutableRun { Arguments = ["check", "metrics"], Input = input }, Token);
        Assert.Equal("", result.EnsureSuccess().Output + result.Error);
    }

    [Fact]
    public async Task Credentials_are_required_when_they_are_set()
    {
        await using var server = await EgressServer.StartAsync(("METRICS_USERNAME", "prometheus"), ("METRICS_PASSWORD", "p:ss wörd"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("prometheus:p:ss wörd"));
        foreach (var wrong in new[] { null, "", "prometheus", "prometheus:p:ss wör", "prometheus:p:ss wördd", "Prometheus:p:ss wörd" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(wrong));
        }

        async Task<HttpStatusCode> AskAsync(string? credentials)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            request.Headers.Authorization = credentials is null ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
            using var answer = await server.Client.SendAsync(request, Token);
            Assert.Equal(answer.StatusCode == HttpStatusCode.Unauthorized, answer.Headers.WwwAuthenticate.ToString() == "Basic realm=\"metrics\"");
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_side_car_reads_the_same_numbers_on_a_port_of_its_own()
    {
        var port = FreePort.Next();
        await using var server = await EgressServer.StartAsync(
            ("METRICS_PORT", $"{port}"), ("METRICS_USERNAME", "prometheus"), ("METRICS_PASSWORD", "secret"));
        await server.Client.GetAsync(EgressServer.Link("nobody"), Token);
        using var sideCar = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
        var shown = await Scrape.UntilAsync(sideCar, "egress_requests_total{status=\"404\"}", 1, Token);
        Assert.Equal(0, shown["egress_circuit_breaker_state{backend=\"storage\"}"]);
    }
}
