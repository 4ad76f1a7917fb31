using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Tests of exports that four workers of the published app build together, like the instances of one function app.</summary>
public sealed class WorkerExportSpreadTests
{
    private const string Key = "admin-secret-0123456789";
    private const int Workers = 4;
    private const int PartSize = 5 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Four_workers_build_each_part_once()
    {
        await using var app = await SpreadApp.StartAsync(TimeSpan.FromMinutes(10));
        var (record, address) = await app.ExportAsync("large.jpg", 100L * PartSize, "large.zip");
        var state = await app.EndAsync(app.Workers[1], address);

        Assert.Equal("completed", state.GetProperty("state").GetString());
        Assert.All(app.Triggers, static triggers => Assert.Equal(0, triggers.Failures));
        Assert.All(app.Triggers, static triggers => Assert.InRange(triggers.DeliveriesOf("BuildExport"), 1, 100));
        Assert.Equal(1 + state.GetProperty("parts").GetInt32(), app.Triggers.Sum(static triggers => triggers.DeliveriesOf("BuildExport")));
        await app.AssertSameAsync(app.Workers[2], record, "large.zip");
    }

    [Fact]
    public async Task Two_exports_at_once_both_make_progress()
    {
        await using var app = await SpreadApp.StartAsync(TimeSpan.FromMinutes(10));
        var (first, firstAddress) = await app.ExportAsync("first.jpg", 80L * PartSize, "first.zip");
        var (second, secondAddress) = await app.ExportAsync("second.jpg", 80L * PartSize, "second.zip");

        // The second export gets parts built before the first one has ended.
        var progress = await app.StateAsync(app.Workers[0], secondAddress, static state => state.GetProperty("parts_done").GetInt32() > 0);
        var other = await app.StateAsync(app.Workers[0], firstAddress, static _ => true);
        Assert.Equal(("running", "running"), (progress.GetProperty("state").GetString(), other.GetProperty("state").GetString()));
        Assert.Equal("completed", (await app.EndAsync(app.Workers[0], firstAddress)).GetProperty("state").GetString());
        Assert.Equal("completed", (await app.EndAsync(app.Workers[0], secondAddress)).GetProperty("state").GetString());
        await app.AssertSameAsync(app.Workers[3], first, "first.zip");
        await app.AssertSameAsync(app.Workers[3], second, "second.zip");
    }

    /// <summary>The messages of the killed worker become visible again when their visibility timeout ends, which is short here.</summary>
    [Fact]
    public async Task An_export_ends_although_a_worker_is_killed()
    {
        await using var app = await SpreadApp.StartAsync(TimeSpan.FromSeconds(10));
        var (record, address) = await app.ExportAsync("large.jpg", 100L * PartSize, "large.zip");
        await app.StateAsync(app.Workers[0], address, static state => state.GetProperty("parts_done").GetInt32() > 5);
        await app.KillAsync(3);

        Assert.Equal("completed", (await app.EndAsync(app.Workers[0], address)).GetProperty("state").GetString());
        await app.AssertSameAsync(app.Workers[1], record, "large.zip");
        Assert.Equal(["large.zip"], Directory.GetFiles(app.Backends.Exports).Select(Path.GetFileName));
    }

    /// <summary>Four workers that share a queue, a database and a storage.</summary>
    private sealed class SpreadApp(LocalBackends backends, AzuriteServer storage) : IAsyncDisposable
    {
        public LocalBackends Backends => backends;

        public List<WorkerHost> Workers { get; } = [];

        public List<QueueTriggers> Triggers { get; } = [];

        public static async Task<SpreadApp> StartAsync(TimeSpan hold)
        {
            var app = new SpreadApp(await LocalBackends.CreateAsync(), await AzuriteServer.StartAsync());
            for (var i = 0; i < WorkerExportSpreadTests.Workers; i++)
            {
                app.Workers.Add(await WorkerApp.StartAsync(
                    app.Backends,
                    ("AzureWebJobsStorage", app.Storage.ConnectionString), ("COMPRESSION_LEVEL", "0"), ("ADMIN_API_KEY", Key), ("EXPORT_BUCKETS", "exports"), ("EXPORT_PART_SIZE", "5M"),
                    ("REQUEST_TIMEOUT", "5m"))); // four workers start at once
            }

            app.Triggers.AddRange(app.Workers.Select(worker => QueueTriggers.Start(worker, hold)));
            return app;
        }

        private AzuriteServer Storage => storage;

        public async Task<(string Record, Uri Address)> ExportAsync(string name, long size, string key)
        {
            await backends.PutSparseAsync(name, size);
            var record = await backends.AddAsync(null, null, new ObjectItem(name));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/exports") { Headers = { { "X-Api-Key", Key } }, Content = JsonContent.Create(new { id = record, key }) };
            using var accepted = await Workers[0].Client.SendAsync(request, Token);
            return (record, accepted.EnsureSuccessStatusCode().Headers.Location!);
        }

        public Task<JsonElement> EndAsync(WorkerHost worker, Uri address) =>
            StateAsync(worker, address, static state => state.GetProperty("state").GetString() is not ("queued" or "running"));

        public Task<JsonElement> StateAsync(WorkerHost worker, Uri address, Func<JsonElement, bool> wanted) => Eventually.UntilAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "X-Api-Key", Key } } };
                using var answer = await worker.Client.SendAsync(request, Token);
                return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
            },
            wanted, "the export goes on", static state => state.ToString(), Token);

        public async Task AssertSameAsync(WorkerHost worker, string record, string key)
        {
            await using var exported = File.OpenRead(Path.Combine(backends.Exports, key));
            await using var downloaded = await worker.Client.GetStreamAsync(backends.Link(record), Token);
            Assert.Equal(await SHA256.HashDataAsync(downloaded, Token), await SHA256.HashDataAsync(exported, Token));
        }

        public async Task KillAsync(int number)
        {
            await Workers[number].Process.KillAsync();
            await Triggers[number].AbandonAsync();
            Triggers.RemoveAt(number);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var triggers in Triggers)
            {
                await triggers.DisposeAsync();
            }

            foreach (var worker in Workers)
            {
                await worker.DisposeAsync();
            }

            await storage.DisposeAsync();
            await backends.DisposeAsync();
        }
    }
}
