using System.Diagnostics;
using System.Diagnostics.Metrics;
using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Storage.Local;
using Egress.Storage.Resilience;
using Egress.Telemetry.Instruments;

namespace Egress.Telemetry;

/// <summary>
/// Owns every instrument of Egress (<c>docs/metrics.md</c>). Names are exactly those of the Prometheus text, and instruments have no units, because
/// exporters would append them to the names. Labels have few values, all of which are known before the first request. Thread-safe.
/// </summary>
public sealed class EgressMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Egress";

    private static readonly string[] Results = Label.All<FetchResult>();

    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _dbType;
    private readonly KeyValuePair<string, object?> _storageType;
    private readonly DownloadInstruments _downloads;
    private readonly QueueGauges _queues;
    private readonly HealthInstruments _health;
    private readonly CounterSet _files;
    private readonly CounterSet _missingFiles;
    private readonly CounterSet _callbacks;
    private readonly CounterSet _deliveries;
    private readonly CounterSet _callbackRetries;
    private readonly CounterSet _linksCreated;
    private readonly CounterSet _linksRevoked;
    private readonly CounterSet _apiKeyFailures;
    private readonly CounterSet _exports;
    private readonly CounterSet _exportParts;
    private readonly Histogram<double> _queryDuration;
    private readonly DeferredDurations _fetchDurations;
    private int _activeFetches;

    /// <param name="meters">Creates the meter.</param>
    /// <param name="database">The value of the label <c>db_type</c>.</param>
    /// <param name="storage">The value of the label <c>storage_type</c>.</param>
    /// <param name="retries">Counts the retries of calls to the storage.</param>
    /// <param name="stuckReads">Counts calls to a disk that have not returned.</param>
    /// <param name="breakers">The breakers whose states are metrics.</param>
    /// <param name="manifests">Counts from where manifests were taken.</param>
    public EgressMetrics(
        IMeterFactory meters,
        string database,
        string storage,
        StorageRetries retries,
        StuckReads stuckReads,
        IEnumerable<CircuitBreaker> breakers,
        ManifestCounts manifests)
    {
        _meter = meters.Create(MeterName);
        _dbType = new("db_type", database.ToLowerInvariant());
        _storageType = new("storage_type", storage.ToLowerInvariant());
        _downloads = new(_meter);
        _queues = new(_meter);
        _health = new(_meter);
        _files = new(_meter, "egress_files_fetch_total", "Files requested from the storage, by result.", "result", Results);
        _missingFiles = new(_meter, "egress_missing_files_total", "Files that records name and the storage does not have.");
        _callbacks = new(_meter, "egress_callbacks_total", "Callbacks that were delivered or became undeliverable.", "status", "success", "failure");
        _deliveries = new(
            _meter, "egress_deliveries_total", "Deliveries of archives with a callback, by how they ended, over all requests and instances.", "status",
            Label.All<DownloadStatus>());
        _callbackRetries = new(_meter, "egress_callback_retries_total", "Failed attempts to deliver a callback that are followed by another.");
        _linksCreated = new(_meter, "egress_links_created_total", "Links created through the API.");
        _linksRevoked = new(_meter, "egress_links_revoked_total", "Links revoked through the API.");
        _apiKeyFailures = new(_meter, "egress_api_key_failures_total", "Requests to the API refused because of their key.");
        _exports = new(_meter, "egress_exports_total", "Exports that ended, by how they ended.", "status", "completed", "failed", "cancelled");
        _exportParts = new(_meter, "egress_export_parts_total", "Parts of exports that were built and uploaded, or failed.", "result", "success", "failure");
        _queryDuration = _meter.Histogram("egress_database_query_duration_seconds", "Time to look up a record.", Buckets.Seconds);
        _fetchDurations = new(
            _meter.Histogram("egress_storage_fetch_duration_seconds", "Time until the storage sends the first byte, retries included.", Buckets.Seconds),
            [.. Results.Select(result => new TagList([_storageType, new("result", result)]))]);
        _meter.CreateObservableCounter(
            "egress_storage_retries_total", () => new Measurement<long>(retries.Total, _storageType), unit: null, "Repeated calls to the storage.");
        _meter.CreateObservableCounter(
            "egress_manifests_total", () => Enum.GetValues<ManifestSource>().Select(source => Measured(manifests, source)), unit: null,
            "Plans of archives, by where they came from.");
        _meter.CreateObservableCounter(
            "egress_manifest_store_failures_total", () => manifests.Failures, unit: null, "Failed calls of the store of manifests.");
        _meter.CreateObservableUpDownCounter(
            "egress_storage_stuck_reads", () => stuckReads.Count, unit: null, "Calls that a local disk has not answered for 10 seconds.");
        _meter.CreateObservableUpDownCounter(
            "egress_active_file_fetches", () => Volatile.Read(ref _activeFetches), unit: null, "Objects that are being opened or read.");
        _meter.CreateObservableGauge(
            "egress_circuit_breaker_state", () => breakers.Select(State), unit: null, "0 closed, 1 open, 2 half-open.");
    }

    /// <summary>Counts a request for a download that has ended, because the last byte was sent or the transfer was aborted.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="duration">Time since the request arrived.</param>
    public void RequestAnswered(int status, TimeSpan duration)
    {
        _downloads.Answered(status, duration);
        _fetchDurations.Record();
    }

    /// <summary>Counts a request that was refused before the first byte.</summary>
    internal void RequestRefused(RejectionReason reason) => _downloads.Refused(reason);

    /// <summary>Counts a download whose response starts. <see cref="DownloadFinished"/> must be called afterwards.</summary>
    public void DownloadStarted() => _downloads.Started();

    /// <summary>Counts a download that has ended.</summary>
    internal void DownloadFinished(DownloadOutcome outcome) => _downloads.Finished(outcome);

    /// <summary>Measures the look-up of a record, whether the record was found, was not found, or the look-up failed.</summary>
    public void RecordLookedUp(TimeSpan duration) => _queryDuration.Record(duration.TotalSeconds, _dbType);

    /// <summary>Counts a callback that was delivered, or whose delivery failed permanently.</summary>
    public void CallbackEnded(bool delivered) => _callbacks.Add(delivered ? "success" : "failure");

    /// <summary>Counts a delivery of an archive that has ended, and whose callback is on the queue.</summary>
    /// <param name="status">The status that the callback reports.</param>
    internal void DeliveryEnded(string status) => _deliveries.Add(status);

    /// <summary>Counts a failed attempt to deliver a callback that is followed by another one.</summary>
    public void CallbackRetried() => _callbackRetries.Add();

    /// <summary>Counts a link that was created through the API.</summary>
    internal void LinkCreated() => _linksCreated.Add();

    /// <summary>Counts a link that was revoked through the API.</summary>
    internal void LinkRevoked() => _linksRevoked.Add();

    /// <summary>Counts a request to the API that had no key, or a wrong one.</summary>
    internal void ApiKeyRefused() => _apiKeyFailures.Add();

    /// <summary>Counts an export that has ended.</summary>
    /// <param name="status"><c>completed</c>, <c>failed</c> or <c>cancelled</c>.</param>
    internal void ExportEnded(string status) => _exports.Add(status);

    /// <summary>Counts a part of an export that was uploaded or failed.</summary>
    internal void ExportPartEnded(bool succeeded) => _exportParts.Add(succeeded ? "success" : "failure");

    /// <summary>Stores the result of the health check of a component.</summary>
    /// <param name="component"><c>database</c>, <c>storage</c>, <c>callbacks</c> or <c>zip</c>.</param>
    /// <param name="healthy">Whether it works.</param>
    public void HealthChecked(string component, bool healthy) => _health.Checked(component, healthy);

    /// <summary>Stores the measurement of a queue of callbacks.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="messages">Number of its messages.</param>
    /// <param name="oldestAge">Age of the oldest one that is visible.</param>
    internal void CallbackQueueMeasured(CallbackQueueKind queue, long messages, TimeSpan oldestAge) =>
        _queues.Set(queue, messages, oldestAge);

    /// <summary>Stores the number of callbacks that the queue has not accepted yet.</summary>
    internal void CallbacksUnsent(int messages) => _queues.Set(CallbackQueueKind.Unsent, messages, oldestAge: null);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Counts an active fetch, which starts by opening an object. <see cref="FetchEnded"/> must be called afterwards.</summary>
    internal void FetchStarted() => Interlocked.Increment(ref _activeFetches);

    /// <summary>Ends an active fetch, because its object was closed or could not be opened.</summary>
    internal void FetchEnded() => Interlocked.Decrement(ref _activeFetches);

    /// <summary>Measures a request to the storage for an object or a range of it.</summary>
    /// <param name="result">The result.</param>
    /// <param name="duration">The time until the storage sent the first byte, including retries.</param>
    internal void StorageFetched(FetchResult result, TimeSpan duration) => _fetchDurations.Add((int)result, duration);

    /// <summary>Counts a file that was opened, or whose opening or look-up failed.</summary>
    internal void FileFetched(FetchResult result)
    {
        _files.Add((int)result);
        if (result == FetchResult.Missing)
        {
            _missingFiles.Add();
        }
    }

    private static Measurement<int> State(CircuitBreaker breaker) =>
        new((int)breaker.State, new KeyValuePair<string, object?>("backend", Label.Of(breaker.Backend)));

    private static Measurement<long> Measured(ManifestCounts manifests, ManifestSource source) =>
        new(manifests.Requests(source), new KeyValuePair<string, object?>("source", Label.Of(source)));
}
