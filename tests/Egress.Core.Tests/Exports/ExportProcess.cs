using Egress.Callbacks;
using Egress.Callbacks.Outbox;
using Egress.Core.Tests.Downloads;
using Egress.Downloads;
using Egress.Exports;
using Egress.Exports.Building;
using Egress.Exports.Running;
using Egress.Limits;
using Egress.Queues;
using Egress.Storage;
using Microsoft.Extensions.Logging.Testing;

namespace Egress.Core.Tests.Exports;

/// <summary>A process that builds exports, and can be killed.</summary>
internal sealed class ExportProcess
{
    public ExportProcess(ExportFixture fixture, IMessageQueue? messages = null)
    {
        var downloads = new DownloadFixture(fixture.Storage, fixture.Cache) { Options = fixture.Downloads, Record = fixture.Record };
        var target = new ExportTarget(new DestinationStorage(fixture), fixture.IsSource);
        var callbackReport = new CallbackReport(fixture.Metrics.Metrics, new FakeLogger<CallbackReport>(fixture.Log));
        var outbox = new CallbackOutbox(
            fixture.Callbacks, new CallbackSpool(null, callbackReport), new DownloadGate(new DownloadOptions()), new CallbackOptions(), callbackReport, fixture.Time);
        var queue = new ExportQueue(messages ?? fixture.Queue);
        Jobs = new ExportJobs(fixture.Store, fixture.Time);
        var active = new ActiveExports(Jobs, fixture.Time);
        var lost = new LostUploads(Jobs, fixture.Uploads, fixture.Report);
        Ending = new ExportEnding(Jobs, active, fixture.Uploads, lost, target, outbox, fixture.Report);
        var planner = new ExportPlanner(downloads.Planner(), downloads, target, fixture.Uploads, fixture.Options);
        var writer = new ExportPartWriter(downloads.Streamer, downloads.Checksums, fixture.Uploads, fixture.Downloads, fixture.Report, fixture.Time);
        var memory = new PartMemory(fixture.Options.Concurrency, fixture.Options.Concurrency * fixture.Options.PartSize, 1, downloads.Limits.Buffers);
        var guard = new UploadGuard(Jobs, fixture.Uploads);
        var pass = new ExportPass(Jobs, planner, writer, guard, Ending, lost, memory, fixture.Uploads, fixture.Report);
        var steps = new ExportSteps(Jobs, queue, planner, writer, pass, guard, Ending, lost, memory, fixture.Report);
        Builder = new ExportBuilder(Jobs, queue, steps, Ending, fixture.Report);
        Sweep = new ExportSweep(Jobs, queue, Ending, fixture.Options, fixture.Report);
        Creator = new ExportCreator(Jobs, active, queue, downloads, target, fixture.Options, fixture.Report);
    }

    public ExportJobs Jobs { get; }

    public ExportEnding Ending { get; }

    public ExportBuilder Builder { get; }

    public ExportSweep Sweep { get; }

    public ExportCreator Creator { get; }

    /// <summary>A storage with the exported objects and the objects of the records.</summary>
    private sealed class DestinationStorage(ExportFixture fixture) : IObjectStorage
    {
        public bool IsRemote => true;

        public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) =>
            location.Bucket != ExportFixture.Bucket ? fixture.Storage.LookUpAsync(location, cancellationToken)
            : new(fixture.Uploads.Objects.TryGetValue(location.Key, out var bytes)
                ? new ObjectProperties(location, bytes.Length) { Modified = fixture.Older.Contains(location.Key) ? DateTimeOffset.UnixEpoch : fixture.Time.GetUtcNow() }
                : null);

        public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken) =>
            fixture.Storage.OpenAsync(location, range, cancellationToken);

        public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
            fixture.Storage.ListAsync(prefix, cancellationToken);
    }
}
