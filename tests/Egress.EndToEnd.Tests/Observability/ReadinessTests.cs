using System.Net;
using System.Text.Json;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>Tests of readiness, metrics and log while the storage is down.</summary>
public sealed class ReadinessTests
{
    private const string Status = "egress_health_status{component=\"storage\"}";
    private const string FailedChecks = "egress_health_checks_failed_total{component=\"storage\"}";

    /// <summary>How long the test waits for a health check. HealthMonitorTests checks that it ends after four seconds. Here it only has to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_storage_that_is_unavailable_or_hangs_is_named_and_recovers_without_a_restart(bool hangs)
    {
        await using var observed = await ObservedServer.StartAsync(Token, ("HEALTH_PROBE_SCHEDULE", "* * * * * *"));
        await observed.CreateLinkAsync(null, "a.txt"); // creates the table, which does not exist before
        await Scrape.UntilAsync(observed.Server.Client, "egress_health_status{component=\"database\"}", 1, Token);
        Assert.Equal((HttpStatusCode.OK, "ok"), await ReadyAsync(observed));

        var stall = hangs ? observed.Storage.Fail(Fault.Stall(afterBytes: 0)) : null;
        if (!hangs)
        {
            observed.Storage.Answer(500);
        }

        await Scrape.UntilAsync(observed.Server.Client, Status, 0, Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), await ReadyAsync(observed));
        using (var health = await observed.Server.Client.GetAsync("/health", Token))
        {
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        }

        await Scrape.UntilAsync(observed.Server.Client, static shown => shown[FailedChecks] >= 3, "a probe that goes on failing", Token);
        stall?.Release();
        observed.Storage.Heal();
        await Scrape.UntilAsync(observed.Server.Client, Status, 1, Token);
        Assert.Equal((HttpStatusCode.OK, "ok"), await ReadyAsync(observed));
        await observed.Server.Process.WaitForLineAsync("storage can be used again", TimeSpan.FromMinutes(1)); // the line is logged after the response

        // A change of the state is logged once, regardless of how often the health check repeats the result. On a busy machine the state may change
        // more than once.
        var changes = observed.Server.Process.Log.Lines
            .Where(static line => line.Contains("\"Component\":\"storage\"", StringComparison.Ordinal))
            .Select(static line => JsonElement.Parse(line).GetProperty("EventId").GetInt32()).ToList();
        Assert.Equal(changes.Select(static (_, index) => 5000 + (index % 2)), changes);
    }

    private static async Task<(HttpStatusCode Status, string? Storage)> ReadyAsync(ObservedServer observed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        using var answer = await observed.Server.Client.GetAsync("/ready", limit.Token);
        var body = JsonElement.Parse(await answer.Content.ReadAsStringAsync(limit.Token));
        Assert.Equal("ok", body.GetProperty("checks").GetProperty("database").GetString());
        return (answer.StatusCode, body.GetProperty("checks").GetProperty("storage").GetString());
    }
}
