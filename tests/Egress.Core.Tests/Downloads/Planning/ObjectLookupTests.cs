using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Records;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>How often the storage is asked, and that it does not show in the archive in which way.</summary>
public sealed class ObjectLookupTests
{
    private readonly DownloadBench _bench = new() { Options = new DownloadOptions { EntryNames = EntryNameStyle.Path } };

    [Fact]
    public async Task Ten_thousand_objects_are_found_with_a_handful_of_listings()
    {
        Put([.. Enumerable.Range(0, 10_000).Select(i => $"photos/{i:d5}.jpg")]);
        var plan = await _bench.PlanAsync();
        Assert.Equal(10_000, plan.Objects.Count);
        Assert.Empty(_bench.Storage.LookedUp);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"photos/0{i}"), _bench.Storage.Listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Few_objects_are_looked_up_one_by_one_and_each_only_once()
    {
        Put([.. Enumerable.Range(0, ListedLookup.FewestObjects - 1).Select(i => $"{i:d5}.jpg")]);
        _bench.With([.. _bench.Record.Objects, .. _bench.Record.Objects]);
        await _bench.PlanAsync();
        Assert.Empty(_bench.Storage.Listed);
        Assert.Equal(ListedLookup.FewestObjects - 1, _bench.Storage.LookedUp.Count);
    }

    [Fact]
    public async Task What_a_listing_does_not_tell_of_is_asked_for()
    {
        Put([.. Enumerable.Range(0, 500).Select(i => $"a/{i:d5}.jpg"), "elsewhere.jpg", "no extension"]);
        _bench.With([.. _bench.Record.Objects, new ObjectItem("a/gone.jpg")]);
        var result = await _bench.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.ObjectMissing, result.Rejection?.Reason);
        Assert.Contains("1 of 503", result.Rejection!.Detail, StringComparison.Ordinal);
        Assert.Contains("a/gone.jpg", _bench.Storage.LookedUp);
        Assert.Contains("no extension", _bench.Storage.LookedUp);
        Assert.InRange(_bench.Storage.LookedUp.Count, 2, 3);
    }

    [Theory]
    [InlineData(BackendFault.Denied)]
    [InlineData(BackendFault.Malformed)]
    public async Task Where_listings_are_refused_objects_are_looked_up(BackendFault fault)
    {
        Put([.. Enumerable.Range(0, 300).Select(i => $"{i:d5}.jpg")]);
        _bench.Storage.ListFault = new BackendException(Backend.Storage, fault, "no");
        Assert.Equal(300, (await _bench.PlanAsync()).Objects.Count);
        Assert.Equal(300, _bench.Storage.LookedUp.Count);
    }

    [Fact]
    public async Task Objects_on_a_disk_are_looked_up_once_each_and_stay_in_order()
    {
        var bench = Local();
        string[] keys = [.. Enumerable.Range(0, 1000).Select(i => $"{i:d4}.jpg")];
        bench.Put([.. keys.Select((key, i) => (key, new byte[i]))]);
        var plan = await bench.PlanAsync();
        Assert.Equal(keys, bench.Storage.LookedUp.Order(StringComparer.Ordinal));
        Assert.Equal(keys.Select((key, i) => (key, (long)i)), plan.Objects.Select(planned => (planned.Entry.Name, planned.Size)));
    }

    [Fact]
    public async Task Many_objects_on_a_disk_stay_in_order_and_missing_ones_are_told()
    {
        var options = new DownloadOptions { IgnoreMissing = true, ReportMissing = true };
        var bench = new DownloadBench(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache()) { Options = options };
        string[] keys = [.. Enumerable.Range(0, 10_000).Select(i => $"{i:d5}.jpg")];
        bench.Put([.. keys.Select(key => (key, new byte[] { 1 }))]);
        string[] missing = [keys[0], keys[5000], keys[^1]];
        Assert.All(missing, key => Assert.True(bench.Storage.Objects.Remove(key)));
        var plan = await bench.PlanAsync();
        Assert.Equal((10_000, 3), (plan.RequestedCount, plan.Manifest.MissingCount));
        Assert.Equal([.. keys.Except(missing), "_missing.json"], plan.Objects.Select(planned => planned.Entry.Name));
        var report = System.Text.Encoding.UTF8.GetString(plan.Objects.Last().Content!.Value.Span);
        Assert.All(missing, key => Assert.Contains(key, report, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Too_many_objects_are_refused_before_the_storage_is_asked(bool isRemote)
    {
        var options = new DownloadOptions { MaxFilesPerRequest = 10 };
        var bench = new DownloadBench(new ScriptedStorage { IsRemote = isRemote }, new MemoryCrcCache()) { Options = options };
        bench.Put([.. Enumerable.Range(0, 11).Select(i => ($"{i}.jpg", new byte[] { 1 }))]);
        bench.Storage.LookUpFaults["0.jpg"] = new BackendException(Backend.Storage, BackendFault.Denied, "no");
        var result = await bench.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.TooManyFiles, result.Rejection?.Reason);
        Assert.Empty(bench.Storage.LookedUp);
    }

    [Fact]
    public async Task A_disk_is_not_asked_for_what_the_record_declares()
    {
        var bench = Local();
        bench.Put([.. Enumerable.Range(0, 300).Select(i => ($"{i:d4}.jpg", new byte[5]))]);
        bench.With([.. bench.Record.Objects.Cast<ObjectItem>().Select((item, i) => item with { Size = i % 3 == 0 ? 5 : null })]);
        Assert.Equal(300, (await bench.PlanAsync()).Objects.Count);
        Assert.Equal(200, bench.Storage.LookedUp.Count);
    }

    [Theory]
    [InlineData("0000.jpg")]
    [InlineData("0999.jpg")]
    public async Task One_object_on_a_disk_that_may_not_be_read_refuses_all(string refused)
    {
        var bench = Local();
        bench.Put([.. Enumerable.Range(0, 1000).Select(i => ($"{i:d4}.jpg", new byte[5]))]);
        bench.Storage.LookUpFaults[refused] = new BackendException(Backend.Storage, BackendFault.Denied, "no");
        var result = await bench.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.BackendFailed, result.Rejection?.Reason);
    }

    [Fact]
    public async Task A_storage_that_is_out_of_reach_is_not_asked_in_another_way()
    {
        Put([.. Enumerable.Range(0, 300).Select(i => $"{i:d5}.jpg")]);
        _bench.Storage.ListFault = new BackendException(Backend.Storage, BackendFault.Unavailable, "down");
        var result = await _bench.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.BackendFailed, result.Rejection?.Reason);
        Assert.Empty(_bench.Storage.LookedUp);
    }

    [Fact]
    public async Task A_prefix_that_holds_far_more_is_not_listed_to_its_end()
    {
        var wanted = Enumerable.Range(0, 200).Select(i => $"{i * 500:d6}.jpg").ToArray();
        foreach (var i in Enumerable.Range(0, 100_000))
        {
            _bench.Storage.Objects[$"{i:d6}.txt"] = [];
        }

        Put([.. wanted.Take(10), .. wanted.TakeLast(190).Select(key => "~" + key)]);
        Assert.Equal(200, (await _bench.PlanAsync()).Objects.Count);
        Assert.InRange(_bench.Storage.ListedObjects, 1, 10_000);
    }

    [Theory]
    [InlineData(100, 200)] // 1 of 100: 200 look-ups at 160 a round trip, or 20 pages one after the other
    [InlineData(5, 0)]
    public async Task Objects_that_lie_sparsely_among_others_are_looked_up(int everyOf, int lookedUp)
    {
        string[] keys = [.. Enumerable.Range(0, 200 * everyOf).Select(i => $"photos/{i:d6}.jpg")];
        Put(keys);
        _bench.With([.. keys.Where((_, i) => i % everyOf == 0).Select(key => new ObjectItem(key))]);
        Assert.Equal(200, (await _bench.PlanAsync()).Objects.Count);
        Assert.InRange(_bench.Storage.LookedUp.Count, lookedUp * 9 / 10, lookedUp);
        Assert.InRange(_bench.Storage.ListedObjects, 1, 2 * ListedLookup.MostInVain);
    }

    [Fact]
    public async Task Listings_and_single_look_ups_lead_to_the_same_bytes()
    {
        var keys = Enumerable.Range(0, 120).Select(i => $"{i:d5}{(i % 3 == 0 ? "" : ".bin")}").ToList();
        Put([.. keys]);
        foreach (var key in keys)
        {
            _bench.Storage.Objects[key] = new byte[70_000 + key.Length];
            _bench.Storage.HeadOnly[key] = (0xDEADBEEF, "image/png");
        }

        var stored = new DownloadBench(_bench.Storage, _bench.Cache) { Options = new DownloadOptions { CompressionLevel = 0 }, Record = _bench.Record };
        var (plan, storedPlan) = (await _bench.PlanAsync(), await stored.PlanAsync());
        Assert.NotEmpty(_bench.Storage.Listed);
        _bench.Storage.ListFault = new BackendException(Backend.Storage, BackendFault.Denied, "not any more");
        Assert.Equal(plan.Objects.Select(o => o.Entry.Method), (await _bench.PlanAsync()).Objects.Select(o => o.Entry.Method));
        Assert.NotNull(storedPlan.ETag);
        Assert.Equal(storedPlan.ETag, (await stored.PlanAsync()).ETag);
        Assert.Equal(storedPlan.Layout.Length, (await stored.PlanAsync()).Layout.Length);
    }

    [Fact]
    public async Task Any_keys_are_found()
    {
        var random = new Random(4711);
        const string Letters = "ab/\u00e9\u65e5\ud83d\ude00.";
        var runes = Letters.EnumerateRunes().ToArray();
        var keys = Enumerable.Range(0, 3000)
            .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => runes[random.Next(runes.Length)].ToString())) + "x.jpg")
            .Distinct(StringComparer.Ordinal);
        Put([.. keys]);
        Assert.Equal(_bench.Storage.Objects.Count, (await _bench.PlanAsync()).Objects.Count);
        Assert.InRange(_bench.Storage.LookedUp.Count, 0, 1000);
        Assert.All(_bench.Storage.Listed, prefix => Assert.DoesNotContain(System.Text.Rune.ReplacementChar, prefix.EnumerateRunes()));
    }

    private static DownloadBench Local() => new(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache());

    private void Put(string[] keys) => _bench.Put([.. keys.Select(key => (key, new byte[] { 1, 2, 3 }))]);
}
