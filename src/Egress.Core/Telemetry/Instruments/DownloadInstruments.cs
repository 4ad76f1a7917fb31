using System.Diagnostics.Metrics;
using System.Globalization;
using Egress.Downloads;

namespace Egress.Telemetry.Instruments;

/// <summary>The instruments of requests for downloads. Thread-safe.</summary>
internal sealed class DownloadInstruments
{
    /// <summary>
    /// The HTTP statuses with which requests for downloads are counted. <c>499</c> is the customary code for a client that disconnected before the
    /// response.
    /// </summary>
    private static readonly string[] Statuses =
    [
        "200", "206", "304", "400", "401", "403", "404", "405", "409", "410", "412", "413", "416", "429", "499", "500", "502", "503", "504", "other",
    ];

    private readonly CounterSet _requests;
    private readonly CounterSet _downloads;
    private readonly CounterSet _signatureFailures;
    private readonly CounterSet _expiredRequests;
    private readonly CounterSet _clientDisconnects;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _ratio;
    private readonly Histogram<long> _outgoing;
    private readonly Histogram<long> _incoming;
    private readonly Histogram<long> _filesRequested;
    private readonly Histogram<long> _filesSuccess;
    private int _active;

    public DownloadInstruments(Meter meter)
    {
        _requests = new(meter, "egress_requests_total", "Requests for downloads, by the status of the answer.", "status", Statuses);
        _downloads = new(meter, "egress_downloads_total", "Downloads that began to stream, by how they ended.", "status", Label.All<DownloadStatus>());
        _signatureFailures = new(meter, "egress_signature_failures_total", "Requests refused because of their signature.");
        _expiredRequests = new(meter, "egress_expired_requests_total", "Requests refused because the link has expired.");
        _clientDisconnects = new(meter, "egress_client_disconnects_total", "Clients that disconnected in the middle of their download.");
        _requestDuration = meter.Histogram("egress_request_duration_seconds", "Time from a request to the end of its answer.", Buckets.Seconds);
        _ratio = meter.Histogram("egress_compression_ratio", "Bytes of the archive divided by the bytes of its sources.", Buckets.Ratio);
        _outgoing = meter.Histogram("egress_outgoing_bytes", "Bytes of the archive sent in a download.", Buckets.Bytes);
        _incoming = meter.Histogram("egress_incoming_bytes", "Bytes of objects read in a download.", Buckets.Bytes);
        _filesRequested = meter.Histogram("egress_files_requested", "Files that a download should contain.", Buckets.Files);
        _filesSuccess = meter.Histogram("egress_files_success", "Files that a download contains completely.", Buckets.Files);
        meter.CreateObservableUpDownCounter(
            "egress_active_downloads", () => Volatile.Read(ref _active), unit: null, "Downloads that are streaming.");
    }

    /// <inheritdoc cref="EgressMetrics.RequestAnswered"/>
    public void Answered(int status, TimeSpan duration)
    {
        var text = status.ToString(CultureInfo.InvariantCulture);
        _requests.Add(_requests.Has(text) ? text : "other");
        _requestDuration.Record(duration.TotalSeconds);
    }

    /// <inheritdoc cref="EgressMetrics.RequestRefused"/>
    public void Refused(RejectionReason reason)
    {
        switch (reason)
        {
            case RejectionReason.SignatureRequired or RejectionReason.SignatureInvalid:
                _signatureFailures.Add();
                break;
            case RejectionReason.LinkExpired:
                _expiredRequests.Add();
                break;
        }
    }

    /// <inheritdoc cref="EgressMetrics.DownloadStarted"/>
    public void Started() => Interlocked.Increment(ref _active);

    /// <inheritdoc cref="EgressMetrics.DownloadFinished"/>
    public void Finished(DownloadOutcome outcome)
    {
        Count(outcome);

        // The gauge is decremented last, so that a scrape that no longer shows the download as active contains its result.
        Interlocked.Decrement(ref _active);
    }

    private void Count(DownloadOutcome outcome)
    {
        _outgoing.Record(outcome.ArchiveBytes);
        _incoming.Record(outcome.SourceBytes);
        if (!outcome.ReachesEnd && outcome.Status != DownloadStatus.Failed)
        {
            // The response ended before the end of the archive, so the download has not ended yet.
            return;
        }

        _downloads.Add(Label.Of(outcome.Status));
        _filesRequested.Record(outcome.FilesRequested);
        _filesSuccess.Record(outcome.FilesSucceeded);
        if (outcome is { Status: not DownloadStatus.Failed, IsResumed: false, SourceBytes: > 0 })
        {
            _ratio.Record((double)outcome.ArchiveBytes / outcome.SourceBytes);
        }

        if (outcome.Reason == FailureReason.ClientDisconnected)
        {
            _clientDisconnects.Add();
        }
    }
}
