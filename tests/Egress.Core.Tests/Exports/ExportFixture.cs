using Egress.Callbacks;
using Egress.Core.Tests.Callbacks;
using Egress.Core.Tests.Downloads;
using Egress.Core.Tests.Telemetry;
using Egress.Downloads;
using Egress.Exports;
using Egress.Queues;
using Egress.Records;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Processes that share a storage, a database and a queue, and build exports. The process can be killed before and after each change.</summary>
internal sealed class ExportFixture : IDisposable
{
    public const string Bucket = "exports";
    public const string Key = "out.zip";

    private const int MostRounds = 5000;

    private int _steps;
    private int _dieAt;
    private volatile bool _isDead;

    public ExportFixture(params (string Key, byte[] Content)[] objects)
    {
        (Store, Queue, Uploads, Callbacks) = (new MemoryExportStore(Step), new MemoryQueue(Step), new MemoryUploads(Storage, Step), new MemoryQueue(Step));
        Report = new ExportReport(Metrics.Metrics, new FakeLogger<ExportReport>(Log));
        foreach (var (key, content) in objects)
        {
            Storage.Objects[key] = content;
        }

        Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = [.. objects.Select(static o => new ObjectItem(o.Key))] };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2025, 3, 9, 12, 0, 0, TimeSpan.Zero));

    public ScriptedStorage Storage { get; } = new();

    public MemoryCrcCache Cache { get; } = new();

    public DownloadRecord Record { get; set; }

    public DownloadOptions Downloads { get; init; } = new() { CompressionLevel = 0, StreamBufferSize = 16 << 10 };

    public ExportOptions Options { get; init; } = new() { Buckets = [Bucket], PartSize = 1 };

    /// <summary>Whether the objects are in the storage that the export is written to.</summary>
    public bool IsSource { get; init; } = true;

    public MemoryExportStore Store { get; }

    public MemoryQueue Queue { get; }

    public MemoryUploads Uploads { get; }

    public MemoryQueue Callbacks { get; }

    /// <summary>Keys of objects at destinations that are older than every export.</summary>
    public HashSet<string> Older { get; } = [];

    public TestMetrics Metrics { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public ExportReport Report { get; }

    /// <summary>Number of changes so far. Each counts twice: before and after it takes effect.</summary>
    public int Steps => _steps;

    /// <summary>The callbacks without repetitions.</summary>
    public IReadOnlyList<CallbackPayload> Payloads =>
        [.. Callbacks.Added.Select(static text => CallbackMessage.TryRead(text)!).DistinctBy(static message => message.Id).Select(static message => CallbackPayload.Read(message.Body))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ExportJob Job(long partSize) => new()
    {
        RecordId = "id",
        Bucket = Bucket,
        Key = Key,
        PartSize = partSize,
        Callback = CallbackFixture.Url,
        CreatedBy = "admin",
        CreatedAt = Time.GetUtcNow(),
    };

    /// <summary>Requests an export.</summary>
    /// <returns>The id of the export.</returns>
    public async Task<string> StartAsync(ExportJob job) =>
        Assert.IsType<ExportCreation.Accepted>(await new ExportProcess(this).Creator.CreateAsync(job, Token)).Id;

    /// <summary>Exports the record, and returns the final state of the export.</summary>
    /// <param name="job">The requested export.</param>
    /// <param name="dieAt">The step (see <see cref="Steps"/>) at which the process is killed; zero for none.</param>
    public async Task<ExportJob> ExportAsync(ExportJob job, int dieAt = 0)
    {
        var id = await StartAsync(job);
        (_dieAt, _steps) = (dieAt, 0);
        return await FinishAsync(id);
    }

    /// <summary>Handles messages until the export is settled. If there is no message, advances the clock, so that a sweep continues the export.</summary>
    public async Task<ExportJob> FinishAsync(string id)
    {
        var process = new ExportProcess(this);
        for (var round = 0; round < MostRounds; round++)
        {
            if (await process.Jobs.FindAsync(id, Token) is { IsSettled: true } settled && !_isDead)
            {
                return settled;
            }

            if (_isDead)
            {
                process = Restart();
            }

            await RoundAsync(process);
        }

        throw new InvalidOperationException("The export does not end.");
    }

    /// <summary>Handles one message. If there is none, advances the clock and sweeps.</summary>
    public async Task RoundAsync(ExportProcess process)
    {
        if (Queue.Take() is not { } message)
        {
            Time.Advance(ExportJobs.LookInterval);
            await IgnoreDeathAsync(() => process.Sweep.SweepAsync(Token));
            return;
        }

        try
        {
            await (message.DequeueCount > QueueNames.MaxDequeueCount
                ? process.Builder.HandlePoisonAsync(message.Text, Token)
                : process.Builder.HandleAsync(message.Text, message.DequeueCount, Token));
            if (_isDead)
            {
                Queue.Return(message);
            }
        }
        catch (Exception)
        {
            Queue.Return(message);
        }
    }

    public void Dispose() => Metrics.Dispose();

    private ExportProcess Restart()
    {
        _isDead = false;
        return new ExportProcess(this);
    }

    private async Task IgnoreDeathAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (ProcessDiedException) when (_isDead)
        {
            // The killed process is started again in the next round.
        }
    }

    private void Step()
    {
        if (!_isDead && Interlocked.Increment(ref _steps) == _dieAt)
        {
            _isDead = true;
        }

        if (_isDead)
        {
            throw new ProcessDiedException();
        }
    }

    private sealed class ProcessDiedException : Exception;
}
