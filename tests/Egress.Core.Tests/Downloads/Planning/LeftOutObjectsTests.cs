using System.Text;
using Egress.Backends;
using Egress.Downloads;
using Egress.Records;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>Tests with objects that do not exist or cannot be read: with and without a declared size, by key and by prefix.</summary>
public sealed class LeftOutObjectsTests
{
    private static readonly DownloadOptions Skipping = new() { CompressionLevel = 0, SkipUnavailable = true };

    public static TheoryData<bool, long?> Storages { get; } = new() { { true, null }, { false, null }, { true, 3 }, { false, 3 } };

    [Theory]
    [MemberData(nameof(Storages))]
    public async Task A_missing_object_is_refused(bool isRemote, long? declaredSize)
    {
        var fixture = Fixture(isRemote, new DownloadOptions());
        fixture.With(new ObjectItem("gone") { Size = declaredSize });
        Assert.Equal(RejectionReason.ObjectMissing, await RefusalAsync(fixture));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public async Task A_missing_object_is_left_out_if_that_is_allowed(bool isRemote, long? declaredSize)
    {
        var fixture = Fixture(isRemote, new DownloadOptions { IgnoreMissing = true, ReportMissing = true });
        fixture.With(new ObjectItem("a") { Size = declaredSize }, new ObjectItem("gone") { Size = declaredSize });
        var plan = await fixture.PlanAsync();
        Assert.Equal((2, 1, 0), (plan.RequestedCount, plan.MissingCount, plan.UnavailableCount));
        Assert.Equal(["a", "_missing.json"], plan.Objects.Select(o => o.Entry.Name));
        Assert.Contains("\"reason\": \"not_found\"", Report(plan), StringComparison.Ordinal);
        Assert.Equal(DownloadStatus.Partial, (await fixture.DownloadAsync()).Outcome.Status);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public async Task An_object_that_cannot_be_read_is_refused(bool isRemote, long? declaredSize)
    {
        var fixture = Fixture(isRemote, new DownloadOptions());
        fixture.Storage.Unavailable["b"] = UnavailableReason.Archived;
        fixture.With(new ObjectItem("a"), new ObjectItem("b") { Size = declaredSize });
        Assert.Equal(RejectionReason.ObjectUnavailable, await RefusalAsync(fixture));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public async Task An_object_that_cannot_be_read_is_left_out_and_named_where_that_is_allowed(bool isRemote, long? declaredSize)
    {
        var fixture = Fixture(isRemote, Skipping);
        fixture.Storage.Unavailable["b"] = UnavailableReason.Restoring;
        fixture.With(new ObjectItem("a"), new ObjectItem("b") { Size = declaredSize, Name = "in/b.txt" });
        var plan = await fixture.PlanAsync();
        Assert.Equal((2, 0, 1), (plan.RequestedCount, plan.MissingCount, plan.UnavailableCount));
        Assert.Equal(["a", "_missing.json"], plan.Objects.Select(o => o.Entry.Name));
        Assert.Contains("\"name\": \"in/b.txt\",\n      \"reason\": \"restoring\"", Report(plan), StringComparison.Ordinal);
        Assert.Equal(DownloadStatus.Partial, (await fixture.DownloadAsync()).Outcome.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listing_reports_objects_that_cannot_be_read(bool isRemote)
    {
        var fixture = Fixture(isRemote, new DownloadOptions { CompressionLevel = 0 });
        fixture.Storage.Unavailable["b"] = UnavailableReason.KeyRequired;
        Assert.Equal(RejectionReason.ObjectUnavailable, await RefusalAsync(fixture.With(new PrefixItem(""))));

        var skipping = Fixture(isRemote, Skipping);
        skipping.Storage.Unavailable["b"] = UnavailableReason.KeyRequired;
        Assert.Contains("key_required", Report(await skipping.With(new PrefixItem("")).PlanAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_without_any_object_left_is_refused()
    {
        var fixture = Fixture(true, Skipping with { IgnoreMissing = true });
        fixture.Storage.Unavailable["b"] = UnavailableReason.Archived;
        Assert.Equal(RejectionReason.ObjectUnavailable, await RefusalAsync(fixture.With(new ObjectItem("b"))));
        Assert.Equal(RejectionReason.ObjectMissing, await RefusalAsync(fixture.With(new ObjectItem("b"), new ObjectItem("gone"))));
    }

    [Theory]
    [InlineData(4L, null)]
    [InlineData(null, 1u)]
    public async Task A_declaration_of_the_record_must_not_contradict_the_storage(long? size, uint? crc)
    {
        var fixture = Fixture(true, new DownloadOptions { IgnoreMissing = true });
        fixture.Storage.Crcs["a"] = 2;
        fixture.With(new ObjectItem("a") { Size = size, Crc32 = crc });
        var result = await fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        Assert.Equal(BackendFault.Changed, result.Rejection?.Fault?.Fault);
    }

    private static DownloadFixture Fixture(bool isRemote, DownloadOptions options) =>
        new DownloadFixture(new ScriptedStorage { IsRemote = isRemote }, new MemoryCrcCache()) { Options = options }
            .Put(("a", [1, 2, 3]), ("b", [4, 5, 6]));

    private static string Report(DownloadPlan plan) => Encoding.UTF8.GetString(plan.Objects.Last().Content!.Value.Span);

    /// <summary>Returns the reason if the plan or its first piece of content refuses a download; null otherwise.</summary>
    private static async Task<RejectionReason?> RefusalAsync(DownloadFixture fixture)
    {
        var result = await fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), TestContext.Current.CancellationToken);
        if (result.Rejection is { } refused)
        {
            return refused.Reason;
        }

        var fault = await Assert.ThrowsAsync<BackendException>(() => fixture.DownloadAsync());
        return Rejection.From(fault).Reason;
    }
}
