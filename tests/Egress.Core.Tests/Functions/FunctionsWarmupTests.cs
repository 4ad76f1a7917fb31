using Egress.Health;
using Egress.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Functions;

public sealed class FunctionsWarmupTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger<FunctionsWarmup> _log = new();

    [Fact]
    public async Task Every_part_is_touched_once_at_the_same_time()
    {
        var (database, storage) = (new TaskCompletionSource(), new TaskCompletionSource());
        Probe[] probes = [new("database", _ => database.Task), new("storage", _ => storage.Task)];

        var warmup = RunAsync(probes);
        Assert.All(probes, probe => Assert.Equal(1, probe.Checks));
        Assert.False(warmup.IsCompleted);

        storage.SetResult();
        database.SetResult();
        await warmup;
        Assert.Equal(0, _log.Collector.Count);
    }

    [Fact]
    public async Task What_cannot_be_reached_is_logged_and_harms_nothing()
    {
        await RunAsync(new Probe("database", _ => throw new BackendException(Backend.Database, BackendFault.Unavailable, "down")), new Probe("storage", _ => Task.CompletedTask));
        Assert.Equal((6102, LogLevel.Warning), (_log.LatestRecord.Id.Id, _log.LatestRecord.Level));
        Assert.Contains("database", _log.LatestRecord.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_answer_is_waited_for_ten_seconds()
    {
        var warmup = RunAsync(new Probe("storage", cancellationToken => Task.Delay(Timeout.Infinite, cancellationToken)));
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(warmup.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await warmup;
        Assert.Equal(6102, _log.LatestRecord.Id.Id);
    }

    private Task RunAsync(params IReadOnlyList<Probe> probes) =>
        new FunctionsWarmup(probes, _time, _log).RunAsync(TestContext.Current.CancellationToken);

    private sealed class Probe(string component, Func<CancellationToken, Task> check) : IHealthProbe
    {
        public string Component => component;

        public int Checks { get; private set; }

        public ValueTask CheckAsync(CancellationToken cancellationToken)
        {
            Checks++;
            return new ValueTask(check(cancellationToken));
        }
    }
}
