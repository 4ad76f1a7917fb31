using Egress.Backends;
using Egress.Storage;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Integration.Tests.Storage.S3;

public sealed class MemoryS3UploadTests : ObjectUploadAbortContract
{
    private readonly MemoryS3 _store = new();

    protected override bool StoresHeaders => false;

    protected override bool Copies => true;

    public override async ValueTask InitializeAsync()
    {
        await _store.StartAsync();
        Bucket = "bucket";
        var client = S3ClientFactory.Create(_store.Options);
        Uploads = new S3Uploads(client, TimeProvider.System);
        Storage = new S3Storage(client);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task An_object_that_changed_or_was_deleted_is_not_copied()
    {
        _store.Put("a.bin", Bytes(101, 2));
        var upload = await Uploads.BeginAsync(At("copied.zip"), Stop);
        await AssertFaultAsync(BackendFault.Changed, async () => await CopyAsync(upload));
        Assert.Null(await ((ICopyingUploads)Uploads).CopyPartAsync(upload, new PartPlace(2, 1), new CopiedRange(At("gone.bin"), "\"another\"", 0, 1), Stop));
    }

    [Theory]
    [InlineData(501, "NotImplemented")]
    [InlineData(403, "AccessDenied")]
    [InlineData(405, "MethodNotAllowed")]
    [InlineData(400, "InvalidRequest")]
    public async Task A_store_that_cannot_or_may_not_copy_leaves_the_part_to_be_uploaded(int status, string code)
    {
        _store.Put("a.bin", Bytes(100, 1));
        _store.Uploads.RefusesCopies = (status, code);
        var upload = await Uploads.BeginAsync(At("copied.zip"), Stop);
        Assert.Null(await CopyAsync(upload));
    }

    /// <summary>The S3 operation "CompleteMultipartUpload" sends its status before the object is complete, so that the body may contain an error.</summary>
    [Theory]
    [InlineData("<Error><Code>InternalError</Code></Error>", BackendFault.Unavailable)]
    [InlineData("<Error><Code>ServiceUnavailable</Code></Error>", BackendFault.Unavailable)]
    [InlineData("<Error><Code>SlowDown</Code></Error>", BackendFault.Throttled)]
    [InlineData("<Error><Code>RequestTimeout</Code></Error>", BackendFault.TimedOut)]
    [InlineData("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>", BackendFault.Unavailable)]
    [InlineData("", BackendFault.Unavailable)]
    public async Task A_completion_that_fails_after_its_status_can_be_repeated(string body, BackendFault expected)
    {
        var upload = await Uploads.BeginAsync(At("a.zip"), Stop);
        var part = await Uploads.PutPartAsync(upload, new PartPlace(1, 0), Bytes(100, 1), Stop);
        _store.Uploads.CompletesWith = body;
        await AssertFaultAsync(expected, async () => await Uploads.CompleteAsync(upload, [part], true, Stop));

        _store.Uploads.CompletesWith = null;
        Assert.True(await Uploads.CompleteAsync(upload, [part], true, Stop));
    }

    [Fact]
    public async Task A_part_that_is_damaged_on_the_way_is_refused_and_can_be_sent_again()
    {
        var upload = await Uploads.BeginAsync(At("a.zip"), Stop);
        _store.Uploads.DamagesParts = true;
        await AssertFaultAsync(BackendFault.Unavailable, async () => await Uploads.PutPartAsync(upload, new PartPlace(1, 0), Bytes(100, 1), Stop));

        _store.Uploads.DamagesParts = false;
        var part = await Uploads.PutPartAsync(upload, new PartPlace(1, 0), Bytes(100, 1), Stop);
        Assert.True(await Uploads.CompleteAsync(upload, [part], true, Stop));
    }

    [Theory]
    [InlineData(200, "InternalError", BackendFault.Unavailable)]
    [InlineData(503, "SlowDown", BackendFault.Throttled)]
    [InlineData(500, "InternalError", BackendFault.Unavailable)]
    public async Task A_store_that_fails_for_a_time_is_a_fault(int status, string code, BackendFault expected)
    {
        _store.Put("a.bin", Bytes(100, 1));
        _store.Uploads.RefusesCopies = (status, code);
        var upload = await Uploads.BeginAsync(At("copied.zip"), Stop);
        await AssertFaultAsync(expected, async () => await CopyAsync(upload));
    }

    private ValueTask<UploadedPart?> CopyAsync(ObjectUpload upload) => ((ICopyingUploads)Uploads).CopyPartAsync(
        upload, new PartPlace(1, 0), new CopiedRange(At("a.bin"), MemoryS3.ETagOf(Bytes(100, 1)), 0, 100), Stop);

    private protected override Task<int> CountUnfinishedAsync() => Task.FromResult(_store.Uploads.Count);
}
