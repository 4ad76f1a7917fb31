using Egress.Backends;
using Egress.Core.Tests.Downloads;
using Egress.Storage;
using Egress.Telemetry;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Telemetry;

public sealed class InstrumentedStorageTests : IDisposable
{
    private static readonly ObjectLocation Here = new("b", "here");
    private static readonly ObjectLocation Gone = new("b", "gone");

    private readonly TestMetrics _test = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedStorage _inner = new() { Objects = { ["here"] = new byte[10] } };
    private readonly InstrumentedStorage _storage;

    public InstrumentedStorageTests() => _storage = new InstrumentedStorage(_inner, _test.Metrics, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _test.Dispose();

    [Fact]
    public async Task An_open_object_is_active_until_it_is_disposed_and_a_file_counts_once_for_all_its_parts()
    {
        _inner.BeforeOpen = (_, _) =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            return Task.CompletedTask;
        };
        var first = await _storage.OpenAsync(Here, new ObjectRange(0, 5), Token);
        var second = await _storage.OpenAsync(Here, new ObjectRange(5, 5), Token);
        Assert.Equal(2, _test.All()["egress_active_file_fetches"]);
        Assert.Equal(5, await first!.Content.ReadAsync(new byte[10], Token));

        await first.DisposeAsync();
        await second!.Content.DisposeAsync();
        await second.DisposeAsync();
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["egress_files_fetch_total{result=success}"] = 1,
                ["egress_storage_fetch_duration_seconds{storage_type=azure,result=success}"] = 4,
            },
            _test.NotZero());
        Assert.Equal(0, _inner.Open);
    }

    [Fact]
    public async Task Every_duration_is_recorded_when_metrics_are_collected()
    {
        _inner.BeforeOpen = (_, _) =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.CompletedTask;
        };
        for (var fetch = 0; fetch < 300; fetch++)
        {
            await using var opened = await _storage.OpenAsync(Here, new ObjectRange(0), Token);
        }

        Assert.Equal(300, _test.All()["egress_storage_fetch_duration_seconds{storage_type=azure,result=success}"]);
    }

    [Fact]
    public async Task Fast_openings_are_recorded_at_the_end_of_their_request_and_collecting_changes_nothing()
    {
        const string Series = "egress_storage_fetch_duration_seconds{storage_type=azure,result=success}";
        _inner.BeforeOpen = (_, _) =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            return Task.CompletedTask;
        };
        await using (await _storage.OpenAsync(Here, new ObjectRange(0), Token))
        {
            Assert.DoesNotContain(Series, _test.All().Keys);
            Assert.DoesNotContain(Series, _test.All().Keys);
        }

        _test.Metrics.RequestAnswered(200, TimeSpan.Zero);
        Assert.Equal(0.001, _test.All()[Series], precision: 6);
    }

    [Fact]
    public async Task Missing_objects_are_counted_whether_looked_up_or_opened()
    {
        Assert.Null(await _storage.LookUpAsync(Gone, Token));
        Assert.Null(await _storage.OpenAsync(Gone, new ObjectRange(5), Token));
        Assert.NotNull(await _storage.LookUpAsync(Here, Token));
        Assert.Equal(
            new Dictionary<string, double> { ["egress_files_fetch_total{result=missing}"] = 2, ["egress_missing_files_total"] = 2 }, _test.NotZero());
    }

    [Theory]
    [InlineData(BackendFault.Denied, "denied", true)]
    [InlineData(BackendFault.TimedOut, "error", true)]
    [InlineData(BackendFault.Changed, "error", true)]
    [InlineData(BackendFault.CircuitOpen, "error", false)]
    public async Task Faults_are_distinguished_and_an_open_breaker_has_no_duration(BackendFault fault, string result, bool measured)
    {
        _inner.BeforeOpen = (_, _) => throw new BackendException(Backend.Storage, fault, "x");
        await Assert.ThrowsAsync<BackendException>(async () => await _storage.OpenAsync(Here, new ObjectRange(0), Token));
        _test.Metrics.RequestAnswered(502, TimeSpan.Zero);

        var all = _test.All();
        Assert.Equal(1, all[$"egress_files_fetch_total{{result={result}}}"]);
        Assert.Equal(0, all["egress_missing_files_total"]);
        Assert.Equal(0, all["egress_active_file_fetches"]);
        Assert.Equal(measured, all.ContainsKey($"egress_storage_fetch_duration_seconds{{storage_type=azure,result={result}}}"));
    }

    [Fact]
    public async Task A_cancelled_call_is_not_counted()
    {
        _inner.BeforeOpen = (_, token) => Task.FromCanceled(token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await _storage.OpenAsync(Here, new ObjectRange(0), new CancellationToken(canceled: true)));
        Assert.Empty(_test.NotZero());
    }
}
