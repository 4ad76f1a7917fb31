using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Records;
using Egress.Storage.Local;
using Egress.Zip;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>Tests with manifests that several processes share, and with failures of their store.</summary>
public sealed class StoredManifestsTests
{
    private static readonly ManifestKey Key = new("id", 7);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private readonly MemoryManifestStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_process_finds_a_manifest_by_its_validator_and_the_newest_while_it_is_new()
    {
        var (manifest, process, other) = (Make(3000), Process(), Process());
        await SaveAsync(process, manifest);
        Assert.Equal(manifest.Form.Chunks, (await FindAsync(other, "\"tag\""))!.Form.Chunks);
        Assert.Equal(manifest.PlannedAt, (await FindAsync(other, null))!.PlannedAt);
        Assert.True(manifest.Form.Chunks.Count > 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await FindAsync(other, null));
        Assert.NotNull(await FindAsync(other, "\"tag\""));
    }

    [Fact]
    public async Task A_manifest_belongs_to_its_record_its_content_its_validator_and_the_settings()
    {
        await SaveAsync(Process(), Make(10));
        Assert.Null(await FindAsync(Process(), "\"other\""));
        Assert.Null(await FindAsync(Process(), "\"tag\"", Key with { RecordId = "other" }));
        Assert.Null(await FindAsync(Process(), "\"tag\"", Key with { Fingerprint = 8 }));
        Assert.Null(await FindAsync(Process(new DownloadOptions { EntryNames = EntryNameStyle.Path }), "\"tag\""));
        Assert.Null(await FindAsync(new TestManifests(new ManifestOptions(), _time, _store) { Storage = new LocalOptions("/elsewhere") }, "\"tag\""));
        Assert.NotNull(await FindAsync(Process(), "\"tag\""));
    }

    [Fact]
    public async Task A_value_whose_writer_died_between_two_parts_is_not_found_and_the_next_writer_completes_it()
    {
        var manifest = Make(10_000);
        for (var written = 0; written < manifest.Form.Chunks.Count; written++)
        {
            _store.BreaksBefore = written;
            await SaveAsync(Process(), manifest);
            _store.BreaksBefore = null;
            Assert.Null(await FindAsync(Process(), "\"tag\""));
        }

        await SaveAsync(Process(), manifest);
        Assert.NotNull(await FindAsync(Process(), "\"tag\""));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("damaged")]
    [InlineData("short")]
    [InlineData("another version")]
    public async Task A_form_that_cannot_be_read_is_never_used_and_written_again(string fault)
    {
        var manifest = Make(10_000);
        await SaveAsync(Process(), manifest);
        var last = _store.Parts.Keys.Where(static part => part.Id.Contains('.', StringComparison.Ordinal)).MaxBy(static part => part.Part);
        var part = _store.Parts[last] = [.. _store.Parts[last]];
        switch (fault)
        {
            case "missing":
                _store.Parts.TryRemove(last, out _);
                break;
            case "damaged":
                part[part.Length / 2] ^= 1;
                break;
            case "short":
                _store.Parts[last] = part[..^1];
                break;
            case "another version":
                var first = _store.Parts[last with { Part = 0 }] = [.. _store.Parts[last with { Part = 0 }]];
                first[3]++;
                break;
        }

        var reader = Process();
        Assert.Null(await FindAsync(reader, "\"tag\""));
        await SaveAsync(reader, manifest);
        Assert.Equal(manifest.Form.Chunks, (await FindAsync(Process(), "\"tag\""))!.Form.Chunks);
        Assert.Equal(0, reader.Counts.Failures);
    }

    [Fact]
    public async Task Processes_that_plan_the_same_at_once_write_the_same_parts()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SaveAsync(Process(), Make(10_000, _time.GetUtcNow().AddTicks(i)))));
        Assert.Single(_store.Parts.Keys.Select(static part => part.Id).Where(static id => id.Contains('.', StringComparison.Ordinal)).Distinct());
        Assert.NotNull(await FindAsync(Process(), "\"tag\""));
    }

    [Fact]
    public async Task A_manifest_that_is_stored_already_is_only_renewed()
    {
        await SaveAsync(Process(), Make(10_000));
        _store.TakeCalls();
        await SaveAsync(Process(), Make(10_000));
        Assert.Equal(["read", "renew", "renew", "write"], _store.TakeCalls());
    }

    [Fact]
    public async Task A_manifest_that_was_removed_is_not_found_by_any_process()
    {
        var process = Process();
        await SaveAsync(process, Make(10));
        process.Stored.Remove(Make(10));
        await process.Stored.WhenWritten;
        Assert.Null(await FindAsync(Process(), "\"tag\""));
        Assert.Null(await FindAsync(Process(), null));
    }

    [Fact]
    public async Task A_failing_store_is_logged_once_until_it_works_again()
    {
        var process = Process();
        _store.Fault = new BackendException(Backend.Database, BackendFault.Unavailable, "gone");
        for (var i = 0; i < 3; i++)
        {
            await SaveAsync(process, Make(10));
            Assert.Null(await FindAsync(process, "\"tag\""));
        }

        Assert.Equal((LogLevel.Warning, 1034), Logged(process));
        Assert.Equal(6, process.Counts.Failures);
        _store.Fault = null;
        await SaveAsync(process, Make(10));
        Assert.NotNull(await FindAsync(process, "\"tag\""));
        _store.Fault = new BackendException(Backend.Database, BackendFault.TimedOut, "slow");
        Assert.Null(await FindAsync(process, "\"tag\""));
        Assert.Equal(2, process.Log.GetSnapshot().Count);
    }

    [Fact]
    public async Task A_missing_right_is_logged_once_and_the_store_is_not_called_again()
    {
        var process = Process();
        _store.Fault = new BackendException(Backend.Database, BackendFault.Denied, "no");
        await SaveAsync(process, Make(10));
        await SaveAsync(process, Make(10));
        Assert.Null(await FindAsync(process, "\"tag\""));
        Assert.Single(_store.TakeCalls());
        Assert.Equal((LogLevel.Warning, 1033), Logged(process));
        Assert.False(process.Stored.IsUsable);
    }

    [Fact]
    public async Task A_defect_is_logged_as_a_defect_and_fails_no_download()
    {
        var process = Process();
        _store.Fault = new InvalidOperationException("defect");
        Assert.Null(await FindAsync(process, "\"tag\""));
        Assert.Equal((LogLevel.Error, 1035), Logged(process));
    }

    [Fact]
    public async Task Without_a_store_a_lifetime_or_a_validator_nothing_is_written()
    {
        var withoutStore = new TestManifests(new ManifestOptions(), _time, new NoManifestStore());
        await SaveAsync(withoutStore, Make(10));
        Assert.False(withoutStore.Stored.IsUsable);
        await SaveAsync(new TestManifests(new ManifestOptions { Lifetime = TimeSpan.Zero }, _time, _store), Make(10));
        await SaveAsync(Process(), TestManifests.Make(Key, null, _time.GetUtcNow(), ManifestFormTests.Photos("s3").Take(10)));
        Assert.Empty(_store.TakeCalls());
    }

    [Fact]
    public async Task A_shutdown_waits_for_what_is_being_written()
    {
        var process = Process();
        process.Stored.Save(Make(10_000));
        await process.Stored.DisposeAsync();
        Assert.NotNull(await FindAsync(Process(), "\"tag\""));
    }

    private static (LogLevel Level, int Id) Logged(TestManifests process)
    {
        var line = Assert.Single(process.Log.GetSnapshot());
        return (line.Level, line.Id.Id);
    }

    private static async Task SaveAsync(TestManifests process, ArchiveManifest manifest)
    {
        process.Stored.Save(manifest);
        await process.Stored.WhenWritten;
    }

    private static Task<ArchiveManifest?> FindAsync(TestManifests process, string? etag, ManifestKey? key = null) =>
        process.Stored.FindAsync(key ?? Key, etag, new ZipOptions(), Token);

    private TestManifests Process(DownloadOptions? options = null) => new(new ManifestOptions(), _time, _store) { Downloads = options ?? new() };

    private ArchiveManifest Make(int count, DateTimeOffset? plannedAt = null) =>
        TestManifests.Make(Key, "\"tag\"", plannedAt ?? _time.GetUtcNow(), ManifestFormTests.Photos("s3").Take(count));
}
