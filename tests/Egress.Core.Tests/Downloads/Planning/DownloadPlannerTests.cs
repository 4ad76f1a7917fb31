using Egress.Backends;
using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Planning;
using Egress.Limits;
using Egress.Records;
using Egress.Signing;
using Egress.Zip;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class DownloadPlannerTests
{
    private readonly ScriptedStorage _storage = new();
    private readonly OneRecord _records = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 3, 9, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Base_names_are_made_distinct_and_keep_their_case()
    {
        var plan = await PlanAsync(["a/x.txt", "b/x.txt", "ünï/日本.txt"]);
        Assert.Equal(["x.txt", "x (2).txt", "日本.txt"], Names(plan));
    }

    [Fact]
    public async Task Paths_are_kept_when_wanted()
    {
        var plan = await PlanAsync(["a/x.txt", "b/x.txt", "ünï/日本.txt"], new DownloadOptions { EntryNames = EntryNameStyle.Path });
        Assert.Equal(["a/x.txt", "b/x.txt", "ünï/日本.txt"], Names(plan));
    }

    [Fact]
    public async Task Items_may_name_their_path_bucket_size_checksum_and_time()
    {
        var modified = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
        _records.Record = Record(new ObjectItem("k") { Name = "in/side.bin", Bucket = "other", Size = 5, Crc32 = 0x12345678, Modified = modified });
        var planned = Assert.Single((await PlanAsync()).Plan!.Objects);
        Assert.Equal(("other", "k"), (planned.Location.Bucket, planned.Location.Key));
        Assert.Equal(("in/side.bin", 5, 0x12345678u, modified), (planned.Entry.Name, planned.Size, planned.Entry.Crc32!.Value, planned.Entry.Modified!.Value));
        Assert.Empty(_storage.LookedUp);
    }

    [Theory]
    [InlineData("photos/2024/", null, new[] { "a.jpg", "sub/b.jpg" })]
    [InlineData("photos/2024/", "best", new[] { "best/a.jpg", "best/sub/b.jpg" })]
    [InlineData("photos/20", null, new[] { "2024/a.jpg", "2024/sub/b.jpg" })]
    [InlineData("", null, new[] { "photos/2024/a.jpg", "photos/2024/sub/b.jpg" })]
    public async Task Prefixes_keep_relative_paths_and_skip_folder_markers(string prefix, string? name, string[] expected)
    {
        Put("photos/2024/", "photos/2024/a.jpg", "photos/2024/sub/b.jpg");
        _records.Record = Record(new PrefixItem(prefix) { Name = name });
        Assert.Equal(expected, Names(await PlanAsync()));
        Assert.Empty(_storage.LookedUp);
    }

    [Fact]
    public async Task A_missing_object_is_refused_unless_ignored()
    {
        Put("here.txt");
        _records.Record = Record(new ObjectItem("gone.txt"), new ObjectItem("here.txt"));
        Assert.Equal(RejectionReason.ObjectMissing, (await PlanAsync()).Rejection?.Reason);

        var partial = await PlanAsync(options: new DownloadOptions { IgnoreMissing = true });
        Assert.Equal((1, 2), (partial.Plan!.MissingCount, partial.Plan.Manifest.RequestedCount));
        Assert.Equal(["here.txt"], Names(partial));
    }

    [Fact]
    public async Task A_download_whose_objects_are_all_missing_is_refused_even_if_missing_objects_are_ignored()
    {
        _records.Record = Record(new ObjectItem("gone.txt"), new ObjectItem("gone too.txt"));
        Assert.Equal(RejectionReason.ObjectMissing, (await PlanAsync(options: new DownloadOptions { IgnoreMissing = true })).Rejection?.Reason);
    }

    [Fact]
    public async Task A_prefix_without_objects_is_missing()
    {
        _records.Record = Record(new PrefixItem("nothing/"));
        Assert.Equal(RejectionReason.ObjectMissing, (await PlanAsync()).Rejection?.Reason);
    }

    [Fact]
    public async Task Limits_and_lists_refuse()
    {
        Put("a.txt", "b.exe");
        _records.Record = Record(new PrefixItem(""));
        Assert.Equal(RejectionReason.TooManyFiles, await RefusedAsync(new DownloadOptions { MaxFilesPerRequest = 1 }));
        Assert.Equal(RejectionReason.ObjectTooLarge, await RefusedAsync(new DownloadOptions { MaxFileSize = 2 }));
        Assert.Equal(RejectionReason.EveryFileFiltered, await RefusedAsync(new DownloadOptions { AllowedExtensions = new HashSet<string> { ".pdf" } }));
        var plan = await PlanAsync(options: new DownloadOptions { MaxFilesPerRequest = 1, BlockedExtensions = new HashSet<string> { ".exe" } });
        Assert.Equal(["a.txt"], Names(plan));
    }

    [Fact]
    public async Task A_record_without_objects_is_empty()
    {
        _records.Record = Record();
        Assert.Equal(RejectionReason.RecordEmpty, await RefusedAsync(new DownloadOptions()));
    }

    [Fact]
    public async Task A_password_is_never_ignored()
    {
        Put("a.txt");
        _records.Record = Record([new ObjectItem("a.txt")], password: "secret");
        Assert.Equal(RejectionReason.PasswordNotAllowed, await RefusedAsync(new DownloadOptions()));
        var plan = await PlanAsync(options: new DownloadOptions { AllowPasswordProtected = true });
        Assert.Equal("secret", plan.Plan!.ZipOptions.Password);
        _records.Record = Record([new ObjectItem("a.txt")], password: "");
        Assert.NotNull((await PlanAsync()).Plan);
    }

    [Theory]
    [InlineData(-1, "a.txt", ZipMethod.Deflate)]
    [InlineData(-1, "a.jpg", ZipMethod.Stored)]
    [InlineData(9, "a.JPG", ZipMethod.Stored)]
    [InlineData(0, "a.txt", ZipMethod.Stored)]
    public async Task Only_the_plan_decides_between_stored_and_deflate(int level, string key, object expected)
    {
        var plan = await PlanAsync([key], new DownloadOptions { CompressionLevel = level });
        Assert.Equal(expected, plan.Plan!.Objects.First().Entry.Method);
        Assert.Equal(expected is ZipMethod.Stored, plan.Plan.Layout.Length is not null);
    }

    [Fact]
    public async Task Backend_faults_become_refusals_with_their_cause()
    {
        _records.Fault = new BackendException(Backend.Database, BackendFault.CircuitOpen, "open") { RetryAfter = TimeSpan.FromSeconds(7) };
        var rejection = (await PlanAsync()).Rejection!;
        Assert.Equal((RejectionReason.BackendFailed, TimeSpan.FromSeconds(7)), (rejection.Reason, rejection.RetryAfter));
    }

    [Fact]
    public async Task A_client_that_disconnects_is_not_a_refusal()
    {
        _records.Wait = true;
        using var client = new CancellationTokenSource();
        var planning = Planner(new DownloadOptions()).PlanAsync(new DownloadRequest("id", null, null), client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => planning.AsTask());
    }

    [Theory]
    [InlineData(true, 3600, true)]
    [InlineData(true, 3601, false)]
    [InlineData(false, 10, false)]
    public async Task An_expired_link_may_be_planned_for_a_resume_within_the_grace(bool isResume, int late, bool planned)
    {
        Put("a.jpg");
        _records.Record = Record(new ObjectItem("a.jpg"));
        var signing = new SigningOptions { Secret = "secret", ResumeGrace = TimeSpan.FromHours(1) };
        var expiry = (_time.GetUtcNow().ToUnixTimeSeconds() - late).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var signature = new LinkSigner(signing).Sign("id", expiry);
        foreach (var (given, options, works) in new[]
        {
            (signature, signing, planned),
            (null, signing, false),
            (signature, signing with { ResumeGrace = TimeSpan.Zero }, false),
        })
        {
            var planner = new DownloadPlanner(new LinkSigner(options), _records, _storage, new TestManifests(new ManifestOptions(), _time).Cache, new ProcessLimits(), new DownloadOptions(), _time);
            var result = await planner.PlanAsync(
                new DownloadRequest("id", expiry, given) { IsResume = isResume }, TestContext.Current.CancellationToken);
            Assert.Equal(works, result.Plan?.IsForResumeOnly is true);
            Assert.Equal(works ? null : RejectionReason.LinkExpired, result.Rejection?.Reason);
        }
    }

    [Fact]
    public async Task A_large_record_waits_for_room_among_the_plans_and_a_small_one_does_not()
    {
        var limits = new ProcessLimits { LocalPlans = new WeightedGate(2000), RemotePlans = new WeightedGate(2000) };
        var planner = new DownloadPlanner(
            new LinkSigner(new SigningOptions()), _records, _storage, new TestManifests(new ManifestOptions(), _time).Cache, limits, new DownloadOptions(), _time);
        var gate = _storage.IsRemote ? limits.RemotePlans : limits.LocalPlans;
        var pass = await gate.EnterAsync(1000, TestContext.Current.CancellationToken);
        string[] keys = [.. Enumerable.Range(0, 1001).Select(static i => $"{i}.jpg")];
        Put(keys);
        Task<PlanResult> Plan(int count)
        {
            _records.Record = Record([.. keys.Take(count).Select(static key => new ObjectItem(key))]);
            return planner.PlanAsync(new DownloadRequest($"{count}", null, null), TestContext.Current.CancellationToken).AsTask();
        }

        var large = Plan(1001);
        Assert.NotNull((await Plan(1000)).Plan);
        Assert.False(large.IsCompleted);
        pass.Dispose();
        Assert.Equal(1001, (await large).Plan!.Objects.Count);
        (await gate.EnterAsync(2000, TestContext.Current.CancellationToken)).Dispose();
    }

    private static IEnumerable<string> Names(PlanResult result) => result.Plan!.Objects.Select(o => o.Entry.Name);

    private static DownloadRecord Record(params RecordItem[] items) => Record(items, null);

    private static DownloadRecord Record(RecordItem[] items, string? password) => new() { Id = "id", Bucket = "b", Objects = items, Password = password };

    private void Put(params string[] keys)
    {
        foreach (var key in keys)
        {
            _storage.Objects[key] = key.EndsWith('/') ? [] : [1, 2, 3];
        }
    }

    private Task<PlanResult> PlanAsync(string[] keys, DownloadOptions? options = null)
    {
        Put(keys);
        _records.Record = Record([.. keys.Select(k => new ObjectItem(k))]);
        return PlanAsync(options);
    }

    private async Task<PlanResult> PlanAsync(DownloadOptions? options = null) =>
        await Planner(options ?? new DownloadOptions()).PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);

    private async Task<RejectionReason?> RefusedAsync(DownloadOptions options) => (await PlanAsync(options)).Rejection?.Reason;

    private DownloadPlanner Planner(DownloadOptions options) => new(new LinkSigner(new SigningOptions()), _records, _storage, new TestManifests(new ManifestOptions(), _time).Cache, new ProcessLimits(),
        options, _time);

    private sealed class OneRecord : IRecordStore
    {
        public DownloadRecord? Record { get; set; }

        public BackendException? Fault { get; set; }

        public bool Wait { get; set; }

        public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
        {
            if (Wait)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return Fault is { } fault ? throw fault : Record;
        }
    }
}
