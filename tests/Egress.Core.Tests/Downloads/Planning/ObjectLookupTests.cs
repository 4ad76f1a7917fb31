using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Records;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>Tests that count requests to the storage, and check that the archive does not depend on how objects are looked up.</summary>
public sealed class ObjectLookupTests
{
    private readonly DownloadFixture _fixture = new() { Options = new DownloadOptions { EntryNames = EntryNameStyle.Path } };

    [Fact]
    public async Task Ten_thousand_objects_are_found_with_a_handful_of_listings()
    {
        Put([.. Enumerable.Range(0, 10_000).Select(i => $"photos/{i:d5}.jpg")]);
        var plan = await _fixture.PlanAsync();
        Assert.Equal(10_000, plan.Objects.Count);
        Assert.Empty(_fixture.Storage.LookedUp);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"photos/0{i}"), _fixture.Storage.Listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Few_objects_are_looked_up_one_by_one_and_each_only_once()
    {
        Put([.. Enumerable.Range(0, ListedLookup.FewestObjects - 1).Select(i => $"{i:d5}.jpg")]);
        _fixture.With([.. _fixture.Record.Objects, .. _fixture.Record.Objects]);
        await _fixture.PlanAsync();
        Assert.Empty(_fixture.Storage.Listed);
        Assert.Equal(ListedLookup.FewestObjects - 1, _fixture.Storage.LookedUp.Count);
    }

    [Fact]
    public async Task Objects_that_a_listing_does_not_describe_are_looked_up()
    {
        Put([.. Enumerable.Range(0, 500).Select(i => $"a/{i:d5}.jpg"), "elsewhere.jpg", "no extension"]);
        _fixture.With([.. _fixture.Record.Objects, new ObjectItem("a/gone.jpg")]);
        var result = await _fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.ObjectMissing, result.Rejection?.Reason);
        Assert.Contains("1 of 503", result.Rejection!.Detail, StringComparison.Ordinal);
        Assert.Contains("a/gone.jpg", _fixture.Storage.LookedUp);
        Assert.Contains("no extension", _fixture.Storage.LookedUp);
        Assert.InRange(_fixture.Storage.LookedUp.Count, 2, 3);
    }

    [Theory]
    [InlineData(BackendFault.Denied)]
    [InlineData(BackendFault.Malformed)]
    public async Task Objects_are_looked_up_one_by_one_if_listings_are_refused(BackendFault fault)
    {
        Put([.. Enumerable.Range(0, 300).Select(i => $"{i:d5}.jpg")]);
        _fixture.Storage.ListFault = new BackendException(Backend.Storage, fault, "no");
        Assert.Equal(300, (await _fixture.PlanAsync()).Objects.Count);
        Assert.Equal(300, _fixture.Storage.LookedUp.Count);
    }

    [Fact]
    public async Task Objects_on_a_disk_are_looked_up_once_each_and_stay_in_order()
    {
        var fixture = Local();
        string[] keys = [.. Enumerable.Range(0, 1000).Select(i => $"{i:d4}.jpg")];
        fixture.Put([.. keys.Select((key, i) => (key, new byte[i]))]);
        var plan = await fixture.PlanAsync();
        Assert.Equal(keys, fixture.Storage.LookedUp.Order(StringComparer.Ordinal));
        Assert.Equal(keys.Select((key, i) => (key, (long)i)), plan.Objects.Select(planned => (planned.Entry.Name, planned.Size)));
    }

    [Fact]
    public async Task Many_objects_on_a_disk_stay_in_order_and_missing_ones_are_reported()
    {
        var options = new DownloadOptions { IgnoreMissing = true, ReportMissing = true };
        var fixture = new DownloadFixture(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache()) { Options = options };
        string[] keys = [.. Enumerable.Range(0, 10_000).Select(i => $"{i:d5}.jpg")];
        fixture.Put([.. keys.Select(key => (key, new byte[] { 1 }))]);
        string[] missing = [keys[0], keys[5000], keys[^1]];
        Assert.All(missing, key => Assert.True(fixture.Storage.Objects.Remove(key)));
        var plan = await fixture.PlanAsync();
        Assert.Equal((10_000, 3), (plan.RequestedCount, plan.Manifest.MissingCount));
        Assert.Equal([.. keys.Except(missing), "_missing.json"], plan.Objects.Select(planned => planned.Entry.Name));
        var report = System.Text.Encoding.UTF8.GetString(plan.Objects.Last().Content!.Value.Span);
        Assert.All(missing, key => Assert.Contains(key, report, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Too_many_objects_are_refused_before_the_storage_is_queried(bool isRemote)
    {
        var options = new DownloadOptions { MaxFilesPerRequest = 10 };
        var fixture = new DownloadFixture(new ScriptedStorage { IsRemote = isRemote }, new MemoryCrcCache()) { Options = options };
        fixture.Put([.. Enumerable.Range(0, 11).Select(i => ($"{i}.jpg", new byte[] { 1 }))]);
        fixture.Storage.LookUpFaults["0.jpg"] = new BackendException(Backend.Storage, BackendFault.Denied, "no");
        var result = await fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.TooManyFiles, result.Rejection?.Reason);
        Assert.Empty(fixture.Storage.LookedUp);
    }

    [Fact]
    public async Task A_disk_is_not_queried_for_what_the_record_declares()
    {
        var fixture = Local();
        fixture.Put([.. Enumerable.Range(0, 300).Select(i => ($"{i:d4}.jpg", new byte[5]))]);
        fixture.With([.. fixture.Record.Objects.Cast<ObjectItem>().Select((item, i) => item with { Size = i % 3 == 0 ? 5 : null })]);
        Assert.Equal(300, (await fixture.PlanAsync()).Objects.Count);
        Assert.Equal(200, fixture.Storage.LookedUp.Count);
    }

    [Theory]
    [InlineData("0000.jpg")]
    [InlineData("0999.jpg")]
    public async Task One_object_on_a_disk_that_may_not_be_read_refuses_all(string refused)
    {
        var fixture = Local();
        fixture.Put([.. Enumerable.Range(0, 1000).Select(i => ($"{i:d4}.jpg", new byte[5]))]);
        fixture.Storage.LookUpFaults[refused] = new BackendException(Backend.Storage, BackendFault.Denied, "no");
        var result = await fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.BackendFailed, result.Rejection?.Reason);
    }

    [Fact]
    public async Task An_unreachable_storage_is_not_queried_in_another_way()
    {
        Put([.. Enumerable.Range(0, 300).Select(i => $"{i:d5}.jpg")]);
        _fixture.Storage.ListFault = new BackendException(Backend.Storage, BackendFault.Unavailable, "down");
        var result = await _fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(RejectionReason.BackendFailed, result.Rejection?.Reason);
        Assert.Empty(_fixture.Storage.LookedUp);
    }

    [Fact]
    public async Task A_prefix_that_holds_far_more_is_not_listed_to_its_end()
    {
        var wanted = Enumerable.Range(0, 200).Select(i => $"{i * 500:d6}.jpg").ToArray();
        foreach (var i in Enumerable.Range(0, 100_000))
        {
            _fixture.Storage.Objects[$"{i:d6}.txt"] = [];
        }

        Put([.. wanted.Take(10), .. wanted.TakeLast(190).Select(key => "~" + key)]);
        Assert.Equal(200, (await _fixture.PlanAsync()).Objects.Count);
        Assert.InRange(_fixture.Storage.ListedObjects, 1, 10_000);
    }

    [Theory]
    [InlineData(100, 200)] // 1 of 100: 200 look-ups at 160 a round trip, or 20 pages one after the other
    [InlineData(5, 0)]
    public async Task Objects_that_lie_sparsely_among_others_are_looked_up(int everyOf, int lookedUp)
    {
        string[] keys = [.. Enumerable.Range(0, 200 * everyOf).Select(i => $"photos/{i:d6}.jpg")];
        Put(keys);
        _fixture.With([.. keys.Where((_, i) => i % everyOf == 0).Select(key => new ObjectItem(key))]);
        Assert.Equal(200, (await _fixture.PlanAsync()).Objects.Count);
        Assert.InRange(_fixture.Storage.LookedUp.Count, lookedUp * 9 / 10, lookedUp);
        Assert.InRange(_fixture.Storage.ListedObjects, 1, 2 * ListedLookup.MostInVain);
    }

    [Fact]
    public async Task Listings_and_single_lookups_lead_to_the_same_bytes()
    {
        var keys = Enumerable.Range(0, 120).Select(i => $"{i:d5}{(i % 3 == 0 ? "" : ".bin")}").ToList();
        Put([.. keys]);
        foreach (var key in keys)
        {
            _fixture.Storage.Objects[key] = new byte[70_000 + key.Length];
            _fixture.Storage.HeadOnly[key] = (0xDEADBEEF, "image/png");
        }

        var stored = new DownloadFixture(_fixture.Storage, _fixture.Cache) { Options = new DownloadOptions { CompressionLevel = 0 }, Record = _fixture.Record };
        var (plan, storedPlan) = (await _fixture.PlanAsync(), await stored.PlanAsync());
        Assert.NotEmpty(_fixture.Storage.Listed);
        _fixture.Storage.ListFault = new BackendException(Backend.Storage, BackendFault.Denied, "not any more");
        Assert.Equal(plan.Objects.Select(o => o.Entry.Method), (await _fixture.PlanAsync()).Objects.Select(o => o.Entry.Method));
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
        Assert.Equal(_fixture.Storage.Objects.Count, (await _fixture.PlanAsync()).Objects.Count);
        Assert.InRange(_fixture.Storage.LookedUp.Count, 0, 1000);
        Assert.All(_fixture.Storage.Listed, prefix => Assert.DoesNotContain(System.Text.Rune.ReplacementChar, prefix.EnumerateRunes()));
    }

    private static DownloadFixture Local() => new(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache());

    private void Put(string[] keys) => _fixture.Put([.. keys.Select(key => (key, new byte[] { 1, 2, 3 }))]);
}
