using System.Net;
using Egress.Backends;
using Egress.Core.Tests.Callbacks;
using Egress.Core.Tests.Telemetry;
using Egress.Downloads;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

/// <summary>Tests of the access log line of a request, and of the log lines of a refusal.</summary>
public sealed class AccessLogTests : IDisposable
{
    private readonly TestMetrics _metrics = new();
    private readonly FakeLogger<AccessLog> _access = new();
    private readonly FakeLogger<DownloadReport> _log = new();
    private readonly DefaultHttpContext _context = new();

    public AccessLogTests()
    {
        _context.Request.Method = "GET";
        _context.Request.Path = "/download/id";
        _context.Request.QueryString = new QueryString("?expiry=1&signature=5ecret");
        _context.Request.Headers.UserAgent = "curl/8";
        _context.Connection.RemoteIpAddress = IPAddress.Parse("2001:db8::1:2:3:4");
    }

    public void Dispose() => _metrics.Dispose();

    [Theory]
    [InlineData("Completed", 200, "completed", "", 99)]
    [InlineData("Partial", 200, "partial", "", 99)]
    [InlineData("Range", 206, "range", "", 99)]
    [InlineData("Disconnected", 200, "failed", "client_disconnected", 99)]
    [InlineData("StorageError", 200, "failed", "storage_error", 99)]
    [InlineData("Expired", 410, "refused", "link_expired", 0)]
    [InlineData("Denied", 502, "refused", "denied", 0)]
    [InlineData("CircuitOpen", 503, "refused", "circuit_open", 0)]
    [InlineData("DisconnectedEarly", 499, "failed", "client_disconnected", 0)]
    [InlineData("Head", 200, "headers", "", 0)]
    [InlineData("NotModified", 304, "headers", "", 0)]
    [InlineData("WrongMethod", 405, "refused", "method_not_allowed", 0)]
    [InlineData("Gone", 499, "failed", "client_disconnected", 0)]
    [InlineData("Fault", 500, "refused", "internal_error", 0)]
    public void A_request_has_one_line_with_client_status_bytes_and_outcome(string end, int status, string outcome, string reason, long bytes)
    {
        Report(end);

        Write(new TelemetryOptions(), new ClientLimitOptions(), status);

        var line = Assert.Single(_access.Collector.GetSnapshot());
        Assert.Equal(1050, line.Id.Id);
        Assert.Equal(
            ("GET", $"{status}", outcome, reason, $"{bytes}", "2001:db8::1:2:3:4", "curl/8"),
            (Value(line, "Method"), Value(line, "Status"), Value(line, "Outcome"), Value(line, "Reason"), Value(line, "Bytes"), Value(line, "Client"), Value(line, "UserAgent")));
        Assert.DoesNotContain("5ecret", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_access_log_can_be_turned_off()
    {
        Write(new TelemetryOptions { AccessLog = false }, new ClientLimitOptions(), 200);
        Assert.Empty(_access.Collector.GetSnapshot());
    }

    [Fact]
    public void The_client_is_the_one_that_the_proxies_name_and_its_text_is_bounded()
    {
        _context.Request.Headers["X-Forwarded-For"] = "198.51.100.1, 203.0.113.7";
        _context.Request.Headers.UserAgent = "\u001b[2J" + new string('a', 5000);

        Write(new TelemetryOptions(), new ClientLimitOptions { TrustedProxies = 1 }, 200);

        var line = Assert.Single(_access.Collector.GetSnapshot());
        Assert.Equal("203.0.113.7", Value(line, "Client"));
        Assert.DoesNotContain('\u001b', line.Message);
        Assert.InRange(line.Message.Length, 100, 500);
    }

    [Theory]
    [InlineData(BackendFault.CircuitOpen, 1014, false)]
    [InlineData(BackendFault.Unavailable, 1011, true)]
    [InlineData(BackendFault.Denied, 1011, true)]
    public void A_refusal_of_an_open_breaker_is_one_short_line_without_a_stack(BackendFault fault, int eventId, bool hasStack)
    {
        new DownloadReport(_metrics.Metrics, _log, TimeProvider.System).Refused(_context, Rejection.From(Fault(fault)));

        var line = Assert.Single(_log.Collector.GetSnapshot());
        Assert.Equal((eventId, hasStack), (line.Id.Id, line.Exception is not null));
        Assert.InRange(line.Message.Length, 20, 200);
    }

    private void Report(string end)
    {
        var report = new DownloadReport(_metrics.Metrics, _log, TimeProvider.System);
        switch (end)
        {
            case "Completed":
                report.Ended(_context, Outcome(DownloadStatus.Completed, FailureReason.None));
                break;
            case "Partial":
                report.Ended(_context, Outcome(DownloadStatus.Partial, FailureReason.None));
                break;
            case "Range":
                report.Ended(_context, Outcome(DownloadStatus.Completed, FailureReason.None) with { ReachesEnd = false });
                break;
            case "Disconnected":
                report.Ended(_context, Outcome(DownloadStatus.Failed, FailureReason.ClientDisconnected));
                break;
            case "StorageError":
                report.Ended(_context, Outcome(DownloadStatus.Failed, FailureReason.StorageError));
                break;
            case "Expired":
                report.Refused(_context, new Rejection(RejectionReason.LinkExpired));
                break;
            case "Denied":
                report.Refused(_context, Rejection.From(Fault(BackendFault.Denied)));
                break;
            case "CircuitOpen":
                report.Refused(_context, Rejection.From(Fault(BackendFault.CircuitOpen)));
                break;
            case "DisconnectedEarly":
                report.ClientDisconnectedEarly(_context);
                break;
        }
    }

    private static string? Value(FakeLogRecord line, string name) => line.GetStructuredStateValue(name);

    private static DownloadOutcome Outcome(DownloadStatus status, FailureReason reason) => CallbackPayloadTests.Outcome(status, reason);

    private static BackendException Fault(BackendFault fault) => new(Backend.Storage, fault, "the cause", new IOException("inner"));

    private void Write(TelemetryOptions options, ClientLimitOptions limits, int status) =>
        new AccessLog(options, limits, _access).Write(_context, status, TimeSpan.FromSeconds(1));
}
