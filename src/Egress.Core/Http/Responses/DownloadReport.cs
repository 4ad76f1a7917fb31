using Egress.Downloads;
using Egress.Http.Requests;
using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Responses;

/// <summary>Tells log, metrics and traces what becomes of requests for downloads. Safe for concurrent use.</summary>
internal sealed class DownloadReport(EgressMetrics metrics, ILogger<DownloadReport> logger)
{
    /// <summary>An archive begins to stream. <see cref="Ended"/> follows, whatever happens.</summary>
    public void Started() => metrics.DownloadStarted();

    /// <summary>A download that began to stream ended.</summary>
    public void Ended(string id, DownloadOutcome outcome)
    {
        metrics.DownloadFinished(outcome);
        EgressTraces.DownloadFinished(outcome);
        logger.Ended(BoundedText.Of(id), outcome);
    }

    /// <summary>A request is refused before the first byte.</summary>
    public void Refused(string id, Rejection rejection)
    {
        metrics.RequestRefused(rejection.Reason);
        if (rejection.Fault is { } fault)
        {
            logger.BackendRefused(BoundedText.Of(id), fault.Backend, fault.Fault, fault.Message, fault);
        }
        else
        {
            logger.Refused(BoundedText.Of(id), rejection.Reason, rejection.Detail ?? ProblemTable.For(rejection).Detail);
        }
    }

    /// <summary>A client left before the first byte: no download that broke off, which is what disconnects are counted for.</summary>
    public void ClientLeftEarly(string id) => logger.ClientLeftEarly(BoundedText.Of(id));

    /// <summary>A record has response headers that are not sent.</summary>
    public void HeadersDropped(string id, IReadOnlyCollection<string> names)
    {
        if (names.Count > 0)
        {
            logger.HeadersDropped(BoundedText.Of(id), string.Join(", ", names));
        }
    }
}
