using Egress.Core.Tests.Telemetry;
using Egress.Downloads;
using Egress.Http.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class OverloadLogTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger<DownloadReport> _log = new();
    private readonly TestMetrics _metrics = new();
    private readonly DownloadReport _report;

    public OverloadLogTests() => _report = new DownloadReport(_metrics.Metrics, _log, _time);

    private IEnumerable<(int Id, string Message)> Lines => _log.Collector.GetSnapshot().Select(static line => (line.Id.Id, line.Message));

    public void Dispose() => _report.Dispose();

    [Theory]
    [InlineData(RejectionReason.RateLimited)]
    [InlineData(RejectionReason.AddressAtCapacity)]
    [InlineData(RejectionReason.LinkAtCapacity)]
    [InlineData(RejectionReason.AtCapacity)]
    public void A_flood_of_refusals_is_one_line_and_then_one_a_minute(object reason)
    {
        Refuse((RejectionReason)reason, 10_000);
        Assert.Equal([1010], Lines.Select(static line => line.Id));
        _time.Advance(OverloadLog.Interval);
        Assert.Equal((1015, $"Downloads refused ({reason}): 9999 more since the last line with this reason"), Lines.Last());

        Refuse((RejectionReason)reason, 5);
        _time.Advance(OverloadLog.Interval);
        Assert.Equal((3, $"Downloads refused ({reason}): 5 more since the last line with this reason"), (Lines.Count(), Lines.Last().Message));

        // After a minute without a refusal the overload has ended, so the next refusal is logged at once.
        _time.Advance(2 * OverloadLog.Interval);
        Refuse((RejectionReason)reason, 1);
        _time.Advance(2 * OverloadLog.Interval);
        Assert.Equal([1010, 1015, 1015, 1010], Lines.Select(static line => line.Id));
    }

    [Fact]
    public void Each_reason_is_counted_alone_and_the_count_is_logged_at_the_end()
    {
        Refuse(RejectionReason.RateLimited, 3);
        Refuse(RejectionReason.AtCapacity, 2);
        Refuse(RejectionReason.AddressAtCapacity, 1);
        Assert.Equal([1010, 1010, 1010], Lines.Select(static line => line.Id));
        _report.Dispose();
        Assert.Equal(
            ["Downloads refused (RateLimited): 2 more since the last line with this reason", "Downloads refused (AtCapacity): 1 more since the last line with this reason"],
            Lines.Skip(3).Select(static line => line.Message));
        _time.Advance(2 * OverloadLog.Interval);
        Assert.Equal(5, Lines.Count());
    }

    [Fact]
    public void Each_refusal_that_concerns_one_link_is_logged()
    {
        for (var i = 0; i < 3; i++)
        {
            _report.Refused(new DefaultHttpContext(), new Rejection(RejectionReason.SignatureInvalid));
        }

        Assert.Equal([1010, 1010, 1010], Lines.Select(static line => line.Id));
    }

    [Fact]
    public async Task No_refusal_is_lost_when_many_threads_refuse_while_minutes_end()
    {
        const int each = 2_000;
        var refusing = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Refuse(RejectionReason.RateLimited, each), TestContext.Current.CancellationToken)));
        while (!refusing.IsCompleted)
        {
            _time.Advance(OverloadLog.Interval);
        }

        await refusing;
        _report.Dispose();
        var told = _log.Collector.GetSnapshot().Sum(static line => line.Id.Id == 1010 ? 1 : int.Parse(line.GetStructuredStateValue("Count")!, null));
        Assert.Equal(4 * each, told);
    }

    private void Refuse(RejectionReason reason, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _report.Refused(new DefaultHttpContext(), new Rejection(reason) { RetryAfter = TimeSpan.FromSeconds(5), Detail = "too many" });
        }
    }
}
