using Egress.Backends;
using Egress.Core.Tests.Telemetry;
using Egress.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Health;

/// <summary>Tests when components are checked, and which results are cached, measured and logged.</summary>
public sealed class HealthMonitorTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly FakeLogger<HealthMonitor> _logger = new();
    private readonly TestMetrics _metrics = new();
    private readonly ScriptedProbe _database = new("database");
    private readonly ScriptedProbe _storage = new("storage");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task A_failing_component_is_named_with_the_time_since_which_it_fails()
    {
        var monitor = Monitor();
        var start = _time.GetUtcNow();
        Assert.Equal([("database", true, start), ("storage", true, start)], await StatesAsync(monitor));

        _storage.Failure = new BackendException(Backend.Storage, BackendFault.Unavailable, "no connection");
        _time.Advance(TimeSpan.FromSeconds(5));
        var broken = _time.GetUtcNow();
        Assert.Equal([("database", true, start), ("storage", false, broken)], await StatesAsync(monitor));

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("database", true, start), ("storage", false, broken)], await StatesAsync(monitor));

        _storage.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("database", true, start), ("storage", true, _time.GetUtcNow())], await StatesAsync(monitor));
    }

    [Fact]
    public async Task Backends_are_checked_once_a_second_however_often_readiness_is_requested()
    {
        var monitor = Monitor();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => monitor.ReadAsync(Token)));
        Assert.Equal(1, _storage.Calls);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        await monitor.ReadAsync(Token);
        Assert.Equal(1, _storage.Calls);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await monitor.ReadAsync(Token);
        Assert.Equal(2, _storage.Calls);
        Assert.Equal(2, _database.Calls);
    }

    [Fact]
    public async Task A_hanging_backend_is_unavailable_within_five_seconds_and_is_not_queried_again_meanwhile()
    {
        var monitor = Monitor([_storage]);
        var hanging = new TaskCompletionSource();
        _storage.Wait = hanging.Task;

        for (var round = 0; round < 3; round++)
        {
            var asked = monitor.ReadAsync(Token);
            await _storage.CalledAsync();
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.False(Assert.Single(await asked).IsHealthy);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, _storage.Calls);
        hanging.SetResult();
        _storage.Wait = Task.CompletedTask;
        Assert.True(Assert.Single(await monitor.ReadAsync(Token)).IsHealthy);
        Assert.Single(_logger.Collector.GetSnapshot(), record => record.Id.Id == 5000);
    }

    [Fact]
    public async Task Changes_are_logged_once_and_the_metric_follows_the_probe()
    {
        var monitor = Monitor();
        await monitor.ProbeAsync(Token);
        Assert.Equal(1, _metrics.All()["egress_health_status{component=storage}"]);
        Assert.Equal(1, _metrics.All()["egress_health_status{component=zip}"]);
        Assert.Empty(_logger.Collector.GetSnapshot());

        _storage.Failure = new BackendException(Backend.Storage, BackendFault.Unavailable, "no connection");
        for (var round = 0; round < 3; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            await monitor.ProbeAsync(Token);
            await monitor.ReadAsync(Token);
        }

        Assert.Equal(0, _metrics.All()["egress_health_status{component=storage}"]);
        Assert.Equal(1, _metrics.All()["egress_health_status{component=database}"]);
        Assert.Equal(3, _metrics.All()["egress_health_checks_failed_total{component=storage}"]);

        _storage.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(30));
        await monitor.ProbeAsync(Token);
        Assert.Equal(1, _metrics.All()["egress_health_status{component=storage}"]);
        Assert.Equal(
            [(5000, LogLevel.Error, "storage cannot be used: no connection"), (5001, LogLevel.Information, "storage can be used again, after 00:01:30")],
            _logger.Collector.GetSnapshot().Select(record => (record.Id.Id, record.Level, record.Message)));
    }

    [Fact]
    public async Task A_degraded_component_is_reported_and_leaves_the_server_ready()
    {
        var monitor = Monitor();
        _storage.Result = HealthCheckResult.Degraded("slow");
        await monitor.ProbeAsync(Token);

        var state = (await monitor.ReadAsync(Token)).Single(state => state.Component == "storage");
        Assert.Equal((HealthStatus.Degraded, true), (state.Status, state.IsHealthy));
        Assert.Equal(0, _metrics.All()["egress_health_status{component=storage}"]);
        Assert.Equal("storage cannot be used: slow", Assert.Single(_logger.Collector.GetSnapshot()).Message);
    }

    [Fact]
    public async Task A_broken_engine_turns_the_probe_red_and_leaves_readiness_to_the_backends()
    {
        var monitor = Monitor(new ArchiveCanary(async (password, token) =>
        {
            var archive = await ArchiveCanary.WriteAsync(password, token);
            archive[100] ^= 1;
            return archive;
        }));

        await monitor.ProbeAsync(Token);

        Assert.Equal(0, _metrics.All()["egress_health_status{component=zip}"]);
        Assert.Equal(1, _metrics.All()["egress_health_checks_failed_total{component=zip}"]);
        Assert.Equal(1, _metrics.All()["egress_health_status{component=storage}"]);
        Assert.StartsWith("zip cannot be used", Assert.Single(_logger.Collector.GetSnapshot()).Message, StringComparison.Ordinal);
        Assert.All(await monitor.ReadAsync(Token), state => Assert.True(state.IsHealthy));
    }

    private HealthMonitor Monitor(ArchiveCanary? canary = null) => Monitor([_database, _storage], canary);

    private HealthMonitor Monitor(ScriptedProbe[] backends, ArchiveCanary? canary = null) => new(
        [.. backends.Select(static probe => Check(probe.Component, probe, [])), Check("zip", canary ?? new ArchiveCanary(), [HealthMonitor.ProbeOnly])],
        _metrics.Metrics, _time, _logger);

    private static ComponentCheck Check(string name, IHealthCheck check, string[] tags) => new(new HealthCheckRegistration(name, check, null, tags), check);

    private static async Task<IEnumerable<(string, bool, DateTimeOffset)>> StatesAsync(HealthMonitor monitor) =>
        (await monitor.ReadAsync(Token)).Select(state => (state.Component, state.IsHealthy, state.Since));

    private sealed class ScriptedProbe(string component) : IHealthCheck
    {
        private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _calls;

        public string Component => component;

        public int Calls => Volatile.Read(ref _calls);

        public Exception? Failure { get; set; }

        public HealthCheckResult Result { get; set; } = HealthCheckResult.Healthy();

        public Task Wait { get; set; } = Task.CompletedTask;

        /// <summary>Completes after the first call.</summary>
        public Task CalledAsync() => _called.Task.WaitAsync(Token);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            _called.TrySetResult();
            await Wait; // does not react to cancellation, like a network file system that does not respond
            if (Failure is { } failure)
            {
                throw failure;
            }

            return Result;
        }
    }
}
