using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Callbacks.Outbox;
using Egress.Core.Tests.Callbacks.Delivery;
using Egress.Core.Tests.Telemetry;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Links;
using Egress.Links.Budgets;
using Egress.Queues;
using Egress.Queues.Sqlite;
using Egress.Records;
using Egress.TestKit;
using Egress.Zip;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Egress.Core.Tests.Callbacks;

/// <summary>The callback services of the plain server, with a clock and a receiver that the test controls.</summary>
internal sealed class CallbackFixture : IAsyncDisposable
{
    public const string Url = "https://receiver.example/hook";

    private readonly TempFolder _folder = new();
    private readonly SqliteQueueFile _file;

    public CallbackFixture(CallbackOptions? options = null, Func<IMessageQueue, IMessageQueue>? around = null, bool withSpool = true)
    {
        Options = options ?? new CallbackOptions { Timeout = TimeSpan.FromDays(1) };
        _file = new SqliteQueueFile(_folder.Path, QueueNames.CallbacksFile, Time);
        Queue = new SqliteMessageQueue(_file);
        Poison = new SqlitePoisonQueue(_file);
        Receiver = new ScriptedReceiver(Time);
        var report = new CallbackReport(Metrics.Metrics, new TypedLogger(Log));
        var queue = around?.Invoke(Queue) ?? Queue;
        SpoolFolder = _folder["spool"];
        Spool = new CallbackSpool(withSpool ? SpoolFolder : null, report);
        Sender = new CallbackSender(new HttpClient(Receiver), Options, Time);
        Delivery = new CallbackDelivery(Sender, queue, Poison, Options, report, new LinkUse(Links, new LinkBudgets(new NoLinkBudgets()), Time, NullLogger<LinkUse>.Instance), Time);
        PoisonHandler = new PoisonHandler(Poison, report);
        Worker = new CallbackWorker(queue, Delivery, PoisonHandler, Options, report, Time);
        SpoolWorker = new SpoolWorker(Spool, queue, report, Time);
        Outbox = new CallbackOutbox(queue, Spool, Gate, Options, report, Time);
        Undelivered = new UndeliveredCallbacks(queue, Poison);
        Check = new CallbackHealthCheck(queue, Poison, Spool, Metrics.Metrics, Time);
    }

    public static readonly DateTimeOffset Start = new(2025, 3, 9, 12, 0, 0, TimeSpan.Zero);

    public FakeTimeProvider Time { get; } = new(Start);

    public FakeLogger Log { get; } = new();

    /// <summary>The callbacks that were reported to links.</summary>
    public CallbackLinks Links { get; } = new();

    public TestMetrics Metrics { get; } = new();

    public CallbackOptions Options { get; }

    public DownloadGate Gate { get; } = new(new DownloadOptions());

    public SqliteMessageQueue Queue { get; }

    public SqlitePoisonQueue Poison { get; }

    public ScriptedReceiver Receiver { get; }

    public CallbackSender Sender { get; }

    public CallbackDelivery Delivery { get; }

    public PoisonHandler PoisonHandler { get; }

    public CallbackWorker Worker { get; }

    public CallbackOutbox Outbox { get; }

    public string SpoolFolder { get; }

    public CallbackSpool Spool { get; }

    public SpoolWorker SpoolWorker { get; }

    public CallbackHealthCheck Check { get; }

    public UndeliveredCallbacks Undelivered { get; }

    public static CallbackMessage Message(string url = Url) => CallbackMessage.Create(
        "msg_1", url, CallbackPayload.From("d", "r", CallbackPayloadTests.Outcome(DownloadStatus.Completed), DateTimeOffset.UnixEpoch));

    /// <summary>Creates a plan with only the properties that a callback needs.</summary>
    public static DownloadPlan Plan(string recordId = "d", string? url = Url) => new()
    {
        RecordId = recordId,
        ArchiveName = "a.zip",
        Manifest = new ManifestBuilder(new ZipOptions()).Build(new ManifestKey(recordId, 0), null, null, default, null, default),
        ZipOptions = new ZipOptions(),
        CustomHeaders = new Dictionary<string, string>(),
        Callback = url,
    };

    public int Logged(int eventId) => Log.Collector.GetSnapshot().Count(record => record.Id.Id == eventId);

    /// <summary>Returns when the only message on the queue becomes visible, as stored in the queue's file.</summary>
    public async Task<long> VisibleAtAsync(CancellationToken cancellationToken) =>
        (await _file.RunAsync("SELECT visible_at FROM messages", static _ => { }, static row => row.GetInt64(0), cancellationToken)).Single();

    /// <summary>Runs both workers and advances the clock until the condition holds, then stops the workers.</summary>
    public async Task RunUntilAsync(Func<bool> condition, CancellationToken cancellationToken, double stepSeconds = 0.2)
    {
        using var stop = new CancellationTokenSource();
        var run = Worker.RunAsync(stop.Token, CancellationToken.None);
        var spool = SpoolWorker.RunAsync(stop.Token);
        while (!condition())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (run.IsCompleted)
            {
                await run;
            }

            Time.Advance(TimeSpan.FromSeconds(stepSeconds));
            await Task.Yield();
        }

        await stop.CancelAsync();
        await Task.WhenAll(run, spool);
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return _folder.DisposeAsync();
    }

    private sealed class TypedLogger(FakeLogger inner) : ILogger<CallbackReport>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            inner.Log(logLevel, eventId, state, exception, formatter);
    }
}
