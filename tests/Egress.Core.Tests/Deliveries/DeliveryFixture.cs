using Egress.Callbacks;
using Egress.Core.Tests.Callbacks;
using Egress.Core.Tests.Telemetry;
using Egress.Deliveries;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Packing;
using Egress.Zip;
using Egress.Zip.Format;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

/// <summary>Several instances that share a store of deliveries and a queue. Clients download an archive of 100 units from them.</summary>
internal sealed class DeliveryFixture : IAsyncDisposable
{
    /// <summary>The bytes of a unit. With this size, both short and long ranges occur.</summary>
    public const long Unit = 1 << 20;

    public const int Length = 100;

    private readonly Dictionary<string, Instance> _instances = [];

    public DeliveryFixture(CallbackOptions? options = null) => Options = options ?? new CallbackOptions();

    public WatchedTime Time { get; } = new(new DateTimeOffset(2025, 3, 9, 12, 0, 0, TimeSpan.Zero), TrackedResponse.RetryDelay);

    public CallbackOptions Options { get; }

    public MemoryDeliveryStore Store { get; } = new();

    public RecordingQueue Queue { get; } = new();

    public TestMetrics Metrics { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public string ETag { get; set; } = "\"one\"";

    /// <summary>Number of files that are missing in the archive.</summary>
    public int Missing { get; set; }

    /// <summary>The status and the reason of each reported delivery, and whether it was resumed. A callback that was sent repeatedly appears once.</summary>
    public IReadOnlyList<string> Reported => [.. Payloads.Select(payload => string.Join(' ', new[]
    {
        payload.Status, payload.Reason, payload.Resumed == true ? "resumed" : null,
    }.OfType<string>()))];

    public IReadOnlyList<CallbackPayload> Payloads =>
        [.. Queue.Messages.DistinctBy(static message => message.Id).Select(static message => CallbackPayload.Read(message.Body))];

    public Instance this[string name]
    {
        get
        {
            if (!_instances.TryGetValue(name, out var instance))
            {
                _instances[name] = instance = new Instance(this);
            }

            return instance;
        }
    }

    public DownloadPlan Plan(string? etag) => new()
    {
        RecordId = "d",
        ArchiveName = "a.zip",
        Manifest = new ArchiveManifest(new ManifestKey("d", 0), Content(etag), new ChunkedBytes([]), default),
        ZipOptions = new ZipOptions(),
        CustomHeaders = new Dictionary<string, string>(),
        Callback = CallbackFixture.Url,
    };

    private ManifestContent Content(string? etag) => new()
    {
        Layout = new ArchiveLayout(new ZipOptions(), 0, 0, Length * Unit),
        ETag = etag,
        Counts = new ObjectCounts(10, Missing, 0),
        Report = null,
        ChecksumFile = null,
        Count = 0,
        Shared = [],
        Blocks = [0],
        Entries = [0],
        Records = [0],
    };

    public int Logged(int eventId) => Log.GetSnapshot().Count(record => record.Id.Id == eventId);

    /// <summary>Advances the clock in steps, and renews the running responses at each step. Then every running instance sweeps.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        var step = Options.Lease / 5;
        for (var end = Time.GetUtcNow() + time; Time.GetUtcNow() < end;)
        {
            Time.Advance(step);
            foreach (var instance in _instances.Values.Where(static instance => instance.IsAlive))
            {
                await instance.RenewedAsync();
                await instance.Sweep.SweepAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances.Values)
        {
            await instance.DieAsync();
        }

        Metrics.Dispose();
    }
}
