using Egress.Backends;
using Egress.Downloads;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Responses;

/// <summary>Reports the results of requests for downloads to the log, the metrics, the traces and the access log. Safe for concurrent use.</summary>
internal sealed class DownloadReport(EgressMetrics metrics, ILogger<DownloadReport> logger, TimeProvider time) : IDisposable
{
    private readonly OverloadLog _overload = new(logger, time);

    /// <summary>Reports that the response with an archive starts. <see cref="Ended"/> must be called afterwards.</summary>
    public void Started() => metrics.DownloadStarted();

    /// <summary>Reports the end of a download whose response started.</summary>
    public void Ended(HttpContext context, DownloadOutcome outcome)
    {
        metrics.DownloadFinished(outcome);
        EgressTraces.DownloadFinished(outcome);
        AccessEntry.Of(context).Ended(outcome);
        logger.Ended(outcome);
    }

    /// <summary>Reports a refusal before the first byte.</summary>
    public void Refused(HttpContext context, Rejection rejection)
    {
        metrics.RequestRefused(rejection.Reason);
        AccessEntry.Of(context).Refused(rejection);
        switch (rejection.Fault)
        {
            case { Fault: BackendFault.CircuitOpen } suspended:
                logger.CircuitOpen(suspended.Backend);
                break;
            case { } fault:
                logger.BackendRefused(fault.Backend, fault.Fault, fault.Message, fault);
                break;
            case null when rejection.RetryAfter is not null:
                _overload.Add(rejection);
                break;
            case null:
                logger.Refused(rejection.Reason, rejection.Detail ?? ProblemTable.For(rejection).Detail);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _overload.Dispose();

    /// <summary>
    /// Reports that a client disconnected before the first byte. The metric of disconnects does not count it, because it counts only downloads that
    /// had started.
    /// </summary>
    public void ClientDisconnectedEarly(HttpContext context)
    {
        AccessEntry.Of(context).ClientDisconnected();
        logger.ClientDisconnectedEarly();
    }

    /// <summary>Reports that a record has response headers that are not sent.</summary>
    public void HeadersDropped(IReadOnlyCollection<string> names)
    {
        if (names.Count > 0)
        {
            logger.HeadersDropped(string.Join(", ", names));
        }
    }
}
