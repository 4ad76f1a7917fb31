using Egress.Callbacks;
using Egress.Callbacks.Outbox;
using Egress.Deliveries;
using Egress.Downloads;
using Egress.Zip;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

/// <summary>An instance of Egress that responds to requests and can be killed.</summary>
internal sealed class Instance
{
    private readonly DeliveryFixture _fixture;
    private readonly Dictionary<string, Running> _running = [];

    public Instance(DeliveryFixture fixture)
    {
        _fixture = fixture;
        var callbackReport = new CallbackReport(fixture.Metrics.Metrics, new FakeLogger<CallbackReport>(fixture.Log));
        var report = new DeliveryReport(fixture.Metrics.Metrics, new FakeLogger<DeliveryReport>(fixture.Log));
        var times = new DeliveryTimes(fixture.Options.ResumeWindow, fixture.Options.Lease);
        var outbox = new CallbackOutbox(
            fixture.Queue, new CallbackSpool(null, callbackReport), Gate, fixture.Options, callbackReport, fixture.Time);
        var updates = new DeliveryUpdates(fixture.Store, times, fixture.Time, report);
        Tracker = new DeliveryTracker(updates, new DeliveryAnnouncer(updates, outbox, report), outbox, fixture.Options, report);
        Sweep = new DeliverySweep(fixture.Store, Tracker, times);
    }

    public DownloadGate Gate { get; } = new(new DownloadOptions());

    public DeliveryTracker Tracker { get; }

    public DeliverySweep Sweep { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Begins a response.</summary>
    /// <param name="name">Name of the response in the test.</param>
    /// <param name="from">The first unit of the response.</param>
    /// <param name="to">The unit after its last one; null for a range without an end.</param>
    /// <param name="etag">The ETag of the archive; null for an archive that cannot be resumed.</param>
    public async Task StartAsync(string name, int from, int? to, string? etag)
    {
        Assert.True(IsAlive);
        var range = from == 0 && to is null ? ArchiveRange.All : new ArchiveRange(from * DeliveryFixture.Unit, (to ?? DeliveryFixture.Length) * DeliveryFixture.Unit);
        var running = new Running(from, to ?? DeliveryFixture.Length);
        var before = RunningIds();
        running.Callback = await Tracker.BeginAsync(_fixture.Plan(etag), range, to is null, $"request {name}", running.IfInterruptedNow);
        running.Id = RunningIds().Except(before).SingleOrDefault();
        _running.Add(name, running);
    }

    /// <summary>Sends the bytes of a response up to a unit.</summary>
    public void Sent(string name, int to) => _running[name].SentTo = to;

    /// <summary>Ends a response.</summary>
    /// <param name="name">Name of the response in the test.</param>
    /// <param name="at">The unit at which the response broke off; null for a complete response.</param>
    /// <param name="reason">Why the response broke off.</param>
    public async Task EndAsync(string name, int? at = null, FailureReason reason = FailureReason.ClientDisconnected)
    {
        _running.Remove(name, out var running);
        running!.SentTo = at ?? running.To;
        if (running.Callback is { } callback)
        {
            await callback.EndAsync(at is null ? running.Outcome(DownloadStatus.Completed, FailureReason.None) : running.Outcome(DownloadStatus.Failed, reason));
            await callback.DisposeAsync();
        }
    }

    /// <summary>Kills the process.</summary>
    public async Task DieAsync()
    {
        IsAlive = false;
        foreach (var running in _running.Values)
        {
            // This stops renewing the response without ending it.
            await (running.Callback?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        _running.Clear();
    }

    /// <summary>Waits until the store lists the responses of this instance as running.</summary>
    public async Task RenewedAsync()
    {
        foreach (var id in _running.Values.Select(static running => running.Id).OfType<string>())
        {
            while (Ranges().FirstOrDefault(range => range.Id == id) is { } range && range.SeenAt < _fixture.Time.GetUtcNow())
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }

    private List<string> RunningIds() => [.. Ranges().Select(static range => range.Id)];

    private IEnumerable<TrackedRange> Ranges() => _fixture.Store.Rows.Values.SelectMany(static row => DeliveryForm.TryRead(row.State)!.Running);

    private sealed class Running(int from, int to)
    {
        private int? _sentTo;

        public int To => to;

        public int SentTo { get => _sentTo ?? from; set => _sentTo = value; }

        public IDownloadCallback? Callback { get; set; }

        public string? Id { get; set; }

        public DownloadOutcome IfInterruptedNow() => Outcome(DownloadStatus.Failed, FailureReason.Interrupted);

        /// <summary>Returns the outcome of the response. The archive has one file per ten units.</summary>
        public DownloadOutcome Outcome(DownloadStatus status, FailureReason reason) => new(status, reason)
        {
            IsResumed = from > 0,
            FilesRequested = 10,
            FilesSucceeded = SentTo / 10,
            SourceBytes = 0,
            ArchiveBytes = (SentTo - from) * DeliveryFixture.Unit,
            DeliveredBytes = (SentTo - from) * DeliveryFixture.Unit,
            Duration = TimeSpan.FromSeconds(5),
        };
    }
}
