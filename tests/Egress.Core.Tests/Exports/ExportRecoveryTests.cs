using System.IO.Hashing;
using Egress.Backends;
using Egress.Downloads;
using Egress.Exports;
using Egress.Records;
using Egress.Records.Roles;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests of exports whose rows, records or permissions have changed since the request.</summary>
public sealed class ExportRecoveryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExportFixture Create(bool isCompressed) => new(("a", Random(300)), ("b", Random(1200)))
    {
        Downloads = new DownloadOptions { CompressionLevel = isCompressed ? 6 : 0, StreamBufferSize = 16 << 10 },
    };

    [Theory]
    [InlineData("""{"state":"Verifying","record_id":"id"}""")]
    [InlineData("null")]
    [InlineData("damaged")]
    public async Task A_row_that_cannot_be_read_does_not_stop_the_sweep(string state)
    {
        using var fixture = Create(isCompressed: false);
        var process = new ExportProcess(fixture);
        var unreadable = process.Jobs.NewId();
        await fixture.Store.TryPutAsync(unreadable, 0, new VersionedState(1, fixture.Time.GetUtcNow(), state), Token);
        var id = await fixture.StartAsync(fixture.Job(100));
        fixture.Queue.Clear(); // now only a sweep can request the part

        Assert.Equal(ExportState.Completed, (await fixture.FinishAsync(id)).State);
        Assert.True((await fixture.Store.FindAsync(unreadable, Token))!.DueAt > fixture.Time.GetUtcNow());
        Assert.Contains(fixture.Log.GetSnapshot(), record => record.Id.Id == 1204 && record.Message.Contains(unreadable, StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<BackendException>(() => process.Jobs.FindAsync(unreadable, Token));
        Assert.Equal((Backend.Database, BackendFault.Malformed), (refused.Backend, refused.Fault));
    }

    [Fact]
    public async Task The_callback_does_not_wait_until_the_storage_removes_an_upload()
    {
        using var fixture = Create(isCompressed: false);
        var process = new ExportProcess(fixture);
        var id = await fixture.StartAsync(fixture.Job(100));
        await fixture.RoundAsync(process);
        fixture.Uploads.BeforeAbort = static () => throw new BackendException(Backend.Storage, BackendFault.Denied, "no permission");

        Assert.True(await process.Ending.TryCancelAsync(id, Token));
        Assert.Single(fixture.Payloads);

        await fixture.RoundAsync(process);
        fixture.Uploads.BeforeAbort = static () => { };
        Assert.Equal(ExportState.Cancelled, (await fixture.FinishAsync(id)).State);
        Assert.Equal((0, 1), (fixture.Uploads.Unfinished, fixture.Callbacks.Added.Count));
    }

    [Fact]
    public async Task A_pass_ends_with_the_part_during_which_it_is_cancelled()
    {
        using var fixture = Create(isCompressed: true);
        fixture.Uploads.KeepsAborted = true;
        var id = await fixture.StartAsync(fixture.Job(100));
        fixture.Uploads.BeforePart = async number =>
        {
            if (number == 2)
            {
                await new ExportProcess(fixture).Ending.TryCancelAsync(id, Token);
            }
        };

        Assert.Equal(ExportState.Cancelled, (await fixture.FinishAsync(id)).State);
        Assert.Equal([1, 2], fixture.Uploads.Kept);
        Assert.Empty(fixture.Store.Parts);
    }

    [Fact]
    public async Task A_first_pass_uses_the_upload_that_the_export_began_with()
    {
        using var fixture = Create(isCompressed: true);
        fixture.Uploads.BeforeAbort = static () => throw new BackendException(Backend.Storage, BackendFault.Denied, "no permission");

        Assert.Equal(ExportState.Completed, (await fixture.ExportAsync(fixture.Job(100))).State);
        Assert.Equal(1, fixture.Uploads.Begun);
    }

    [Fact]
    public async Task A_record_that_came_to_contain_the_destination_is_not_exported_over_itself()
    {
        using var fixture = Create(isCompressed: false);
        var id = await fixture.StartAsync(fixture.Job(100));
        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = [.. fixture.Record.Objects, new PrefixItem("") { Bucket = ExportFixture.Bucket }] };

        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "destination_refused", 0), (job.State, job.Reason, fixture.Uploads.Begun));
    }

    /// <summary>Parts of an object are read at different times. Without an ETag they could come from different versions.</summary>
    [Theory]
    [InlineData(100, false)]
    [InlineData(4000, true)]
    public async Task An_object_without_a_validator_is_not_cut(int partSize, bool isInParts)
    {
        using var fixture = Create(isCompressed: false);
        fixture.Record = new DownloadRecord
        {
            Id = "id",
            Bucket = "b",
            Objects = [.. fixture.Storage.Objects.OrderBy(static o => o.Key).Select(static o => new ObjectItem(o.Key) { Size = o.Value.Length, Crc32 = Crc32.HashToUInt32(o.Value) })],
        };

        var job = await fixture.ExportAsync(fixture.Job(partSize));
        Assert.Equal((ExportState.Completed, isInParts), (job.State, job.IsInParts));
    }

    private static byte[] Random(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }
}
