using Egress.Backends;
using Egress.Storage;
using Egress.Storage.S3;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>Tests of the requests to an S3 server, and of how each response is interpreted.</summary>
public class S3WireTests
{
    private static readonly ObjectLocation Location = new("bucket", "a.bin");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Amazon.S3.AmazonS3Client Client(StubStore store) => S3ClientFactory.Create(new S3Options
    {
        Endpoint = store.Endpoint,
        ForcePathStyle = true,
        AccessKeyId = "key",
        SecretAccessKey = "secret",
    });

    /// <summary>Whether the SDK sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    private S3Storage Storage(Amazon.S3.AmazonS3Client client) => new S3Options { ReadsWithSdk = ReadsWithSdk }.Storage(client, TimeProvider.System);

    private static string Error(string code) => code.Length == 0 ? "" : $"<Error><Code>{code}</Code><Message>No.</Message></Error>";

    private static async Task AssertFaultAsync(BackendFault expected, Func<Task> call)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(call);
        Assert.True(expected == thrown.Fault, thrown.ToString());
    }

    [Theory]
    [InlineData(301, "PermanentRedirect", BackendFault.Malformed)]
    [InlineData(400, "AuthorizationHeaderMalformed", BackendFault.Malformed)]
    [InlineData(400, "BadDigest", BackendFault.Unavailable)]
    [InlineData(400, "ExpiredToken", BackendFault.Denied)]
    [InlineData(400, "RequestTimeout", BackendFault.TimedOut)]
    [InlineData(401, "", BackendFault.Denied)]
    [InlineData(403, "AccessDenied", BackendFault.Denied)]
    [InlineData(403, "InvalidObjectState", BackendFault.Denied)]
    [InlineData(404, "", BackendFault.Malformed)]
    [InlineData(404, "NoSuchBucket", BackendFault.Malformed)]
    [InlineData(408, "", BackendFault.TimedOut)]
    [InlineData(412, "PreconditionFailed", BackendFault.Changed)]
    [InlineData(429, "", BackendFault.Throttled)]
    [InlineData(500, "InternalError", BackendFault.Unavailable)]
    [InlineData(501, "NotImplemented", BackendFault.Malformed)]
    [InlineData(502, "", BackendFault.Unavailable)]
    [InlineData(503, "SlowDown", BackendFault.Throttled)]
    [InlineData(503, "ServiceUnavailable", BackendFault.Unavailable)]
    [InlineData(504, "", BackendFault.TimedOut)]
    public async Task Each_answer_is_translated_into_one_fault(int status, string code, BackendFault expected)
    {
        await using var store = await StubStore.StartAsync(status, Error(code));
        using var client = Client(store);
        await AssertFaultAsync(expected, async () => await Storage(client).OpenAsync(Location, ObjectRange.All, Stop));
    }

    [Fact]
    public async Task Only_a_missing_key_is_a_missing_object()
    {
        await using var store = await StubStore.StartAsync(404, Error("NoSuchKey"));
        using var client = Client(store);
        Assert.Null(await Storage(client).OpenAsync(Location, ObjectRange.All, Stop));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(403)]
    public async Task A_bucket_is_queried_once_to_find_out_whether_it_or_the_object_is_missing(int bucketStatus)
    {
        await using var store = await StubStore.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path.Value!.TrimEnd('/') == "/bucket" ? bucketStatus : 404;
            return Task.CompletedTask;
        });
        using var client = Client(store);
        var storage = Storage(client);

        Assert.Null(await storage.LookUpAsync(Location, Stop));
        Assert.Null(await storage.LookUpAsync(Location, Stop));
        Assert.Equal(["HEAD /bucket/a.bin", "HEAD /bucket/", "HEAD /bucket/a.bin"], store.Requests);
    }

    [Theory]
    [InlineData("/lead.bin", "/bucket//lead.bin")]
    [InlineData("//lead.bin", "/bucket///lead.bin")]
    [InlineData("a//b+c d%.bin", "/bucket/a//b%2Bc%20d%25.bin")]
    public async Task A_key_arrives_unchanged(string key, string target)
    {
        await using var store = await StubStore.StartAsync(200);
        using var client = Client(store);
        await Storage(client).LookUpAsync(new ObjectLocation("bucket", key), Stop);
        Assert.Equal([$"HEAD {target}"], store.Requests);
    }

    [Theory]
    [InlineData("FULL_OBJECT", "y/Q5Jg==", 0xCBF43926u)]
    [InlineData("COMPOSITE", "y/Q5Jg==", null)]
    [InlineData("COMPOSITE", "y/Q5Jg==-2", null)]
    [InlineData("", "y/Q5Jg==", null)]
    [InlineData("FULL_OBJECT", "nonsense", null)]
    public async Task Only_a_crc_of_the_whole_object_is_taken(string type, string value, uint? expected)
    {
        await using var store = await StubStore.StartAsync(context =>
        {
            Assert.Equal("ENABLED", context.Request.Headers["x-amz-checksum-mode"]);
            context.Response.Headers["x-amz-checksum-crc32"] = value;
            context.Response.Headers["x-amz-checksum-type"] = type;
            return Task.CompletedTask;
        });
        using var client = Client(store);
        Assert.Equal(expected, (await Storage(client).LookUpAsync(Location, Stop))!.Crc32);
    }

    [Theory]
    [InlineData(501)]
    [InlineData(400)]
    public async Task A_store_without_checksums_is_not_queried_for_them_again(int status)
    {
        var asked = new List<bool>();
        await using var store = await StubStore.StartAsync(context =>
        {
            asked.Add(context.Request.Headers.ContainsKey("x-amz-checksum-mode"));
            context.Response.StatusCode = asked[^1] ? status : 200;
            return Task.CompletedTask;
        });
        using var client = Client(store);
        var storage = Storage(client);

        Assert.NotNull(await storage.LookUpAsync(Location, Stop));
        Assert.NotNull(await storage.LookUpAsync(Location, Stop));
        Assert.Equal([true, false, false], asked);
    }

    [Fact]
    public async Task An_etag_need_not_be_an_md5()
    {
        await using var store = await StubStore.StartAsync(206, "content", ("ETag", "\"opaque\""), ("Content-Range", "bytes 0-6/7"));
        using var client = Client(store);
        await using var opened = await Storage(client).OpenAsync(Location, ObjectRange.All, Stop);
        using var reader = new StreamReader(opened!.Content);
        Assert.Equal("content", await reader.ReadToEndAsync(Stop));
        Assert.Equal("\"opaque\"", opened.Properties.ETag);
    }

    [Fact]
    public async Task A_store_that_ignores_ranges_is_a_fault_where_a_range_is_needed()
    {
        await using var store = await StubStore.StartAsync(200, "content", ("ETag", "\"x\""));
        using var client = Client(store);
        var storage = Storage(client);
        await using (var whole = await storage.OpenAsync(Location, ObjectRange.All, Stop))
        {
            Assert.NotNull(whole);
        }

        await AssertFaultAsync(BackendFault.Malformed, async () => await storage.OpenAsync(Location, new ObjectRange(3), Stop));
    }

    [Fact]
    public async Task A_store_that_ignores_if_match_cannot_send_another_object()
    {
        await using var store = await StubStore.StartAsync(206, "tent", ("ETag", "\"other\""), ("Content-Range", "bytes 3-6/7"));
        using var client = Client(store);
        await AssertFaultAsync(
            BackendFault.Changed,
            async () => await Storage(client).OpenAsync(Location, new ObjectRange(3, IfMatch: "\"one\""), Stop));
    }

    [Fact]
    public async Task A_response_that_is_not_a_listing_is_a_fault()
    {
        await using var store = await StubStore.StartAsync(200, "<html>Welcome to nginx</body>");
        using var client = Client(store);
        await AssertFaultAsync(
            BackendFault.Malformed, async () => await Storage(client).ListAsync(new ObjectPrefix("bucket", ""), Stop).ToListAsync(Stop));
    }

    [Theory]
    [InlineData(null, "STANDARD", null)]
    [InlineData(null, "GLACIER_IR", null)]
    [InlineData(null, "ARCHIVE", null)]
    [InlineData(UnavailableReason.Archived, "GLACIER", null)]
    [InlineData(UnavailableReason.Archived, "DEEP_ARCHIVE", null)]
    [InlineData(UnavailableReason.Restoring, "GLACIER", "ongoing-request=\"true\"")]
    [InlineData(null, "GLACIER", "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2035 00:00:00 GMT\"")]
    [InlineData(UnavailableReason.Archived, "INTELLIGENT_TIERING", null, "x-amz-archive-status", "ARCHIVE_ACCESS")]
    [InlineData(UnavailableReason.KeyRequired, "STANDARD", null, "x-amz-server-side-encryption-customer-algorithm", "AES256")]
    public async Task A_lookup_reports_that_an_object_cannot_be_read(
        UnavailableReason? expected, string storageClass, string? restore, string? name = null, string? value = null)
    {
        await using var store = await StubStore.StartAsync(context =>
        {
            context.Response.Headers["x-amz-storage-class"] = storageClass;
            context.Response.Headers["x-amz-restore"] = restore;
            context.Response.Headers[name ?? "x-other"] = value;
            return Task.CompletedTask;
        });
        using var client = Client(store);
        Assert.Equal(expected, (await Storage(client).LookUpAsync(Location, Stop))!.Unavailable);
    }

    [Theory]
    [InlineData(null, "STANDARD", "")]
    [InlineData(UnavailableReason.Archived, "GLACIER", "")]
    [InlineData(UnavailableReason.Archived, "DEEP_ARCHIVE", "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>")]
    [InlineData(UnavailableReason.Restoring, "GLACIER", "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>")]
    [InlineData(
        null,
        "GLACIER",
        "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2035-12-21T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>")]
    public async Task A_listing_reports_that_an_object_cannot_be_read(UnavailableReason? expected, string storageClass, string restore)
    {
        await using var store = await StubStore.StartAsync(context =>
        {
            Assert.Equal("RestoreStatus", context.Request.Headers["x-amz-optional-object-attributes"]);
            return context.Response.WriteAsync(
                $"<ListBucketResult><Contents><Key>a</Key><Size>1</Size><StorageClass>{storageClass}</StorageClass>{restore}</Contents></ListBucketResult>");
        });
        using var client = Client(store);
        Assert.Equal(expected, Assert.Single(await ListAsync(client)).Unavailable);
    }

    [Fact]
    public async Task An_object_that_needs_a_key_is_known_although_its_properties_are_refused()
    {
        await using var store = await StubStore.StartAsync(400, Error("InvalidRequest"), ("x-amz-server-side-encryption-customer-algorithm", "AES256"));
        using var client = Client(store);
        Assert.Equal(UnavailableReason.KeyRequired, (await Storage(client).LookUpAsync(Location, Stop))!.Unavailable);
        var refusal = await Assert.ThrowsAsync<BackendException>(async () => await Storage(client).OpenAsync(Location, ObjectRange.All, Stop));
        Assert.Equal((BackendFault.Denied, true), (refusal.Fault, refusal.IsObjectUnavailable));
    }

    [Theory]
    [InlineData("InvalidObjectState", true)]
    [InlineData("AccessDenied", false)]
    public async Task Opening_an_archived_object_is_distinguished_from_missing_permission(string code, bool expected)
    {
        await using var store = await StubStore.StartAsync(403, Error(code));
        using var client = Client(store);
        var refusal = await Assert.ThrowsAsync<BackendException>(async () => await Storage(client).OpenAsync(Location, ObjectRange.All, Stop));
        Assert.Equal(expected, refusal.IsObjectUnavailable);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(200)]
    public async Task An_object_with_a_delete_marker_is_missing(int status)
    {
        await using var store = await StubStore.StartAsync(status, "", ("x-amz-delete-marker", "true"));
        using var client = Client(store);
        Assert.Null(await Storage(client).LookUpAsync(Location, Stop));
        Assert.Equal(["HEAD /bucket/a.bin"], store.Requests);
    }

    public static TheoryData<int, string, string> UnreadableAnswers() => new()
    {
        { 307, "x-none", "" },
        { 307, "Location", "::nonsense" },
        { 307, "Location", "http://127.0.0.1:1/elsewhere" },
        { 302, "Location", "http://127.0.0.1:1/elsewhere" },
        { 200, "x-amz-mp-parts-count", "x" },
        { 200, "x-amz-tagging-count", "x" },
        { 200, "Last-Modified", "yesterday" },
        { 200, "Content-Range", "bytes 0-6/many" },
        { 304, "x-none", "" },
        { 418, "x-none", "" },
    };

    [Theory]
    [MemberData(nameof(UnreadableAnswers))]
    public async Task An_answer_that_the_sdk_cannot_read_is_a_fault_with_its_cause(int status, string header, string value)
    {
        await using var store = await StubStore.StartAsync(status, "", (header, value));
        using var client = Client(store);
        var storage = Storage(client);
        var calls = new Dictionary<string, Func<Task>>
        {
            ["get"] = async () => await storage.OpenAsync(Location, ObjectRange.All, Stop),
            ["head"] = async () => await storage.LookUpAsync(Location, Stop),
            ["list"] = () => ListAsync(client),
            ["probe"] = async () => await new S3Probe(client).CheckAsync(Stop),
        };
        if (status == 200 && !ReadsWithSdk && header.StartsWith("x-amz-", StringComparison.Ordinal))
        {
            // Egress's own reader ignores these headers, so opening does not fail.
            calls.Remove("get");
        }

        foreach (var (name, call) in calls.Where(call => status != 200 || (call.Key == "head" && header != "Content-Range") || call.Key == "get"))
        {
            var thrown = await Assert.ThrowsAsync<BackendException>(call);
            Assert.True(thrown.Fault == BackendFault.Malformed, $"{name}: {thrown}");
            Assert.True(thrown.InnerException is not null || header == "Content-Range", name);
        }
    }

    [Fact]
    public async Task The_message_names_the_innermost_cause()
    {
        using var client = S3ClientFactory.Create(new S3Options
        {
            Endpoint = new Uri("http://127.0.0.1:1"),
            ForcePathStyle = true,
            AccessKeyId = "key",
            SecretAccessKey = "secret",
        });
        var thrown = await Assert.ThrowsAsync<BackendException>(async () => await Storage(client).LookUpAsync(Location, Stop));
        Assert.Equal(BackendFault.Unavailable, thrown.Fault);
        Assert.Contains(thrown.GetBaseException().Message, thrown.Message, StringComparison.Ordinal);
    }

    private async Task<List<ObjectProperties>> ListAsync(Amazon.S3.AmazonS3Client client) =>
        await Storage(client).ListAsync(new ObjectPrefix("bucket", ""), Stop).ToListAsync(Stop);

    [Fact]
    public async Task A_refusal_to_list_counts_as_an_answer_to_the_probe_but_unknown_credentials_do_not()
    {
        await using var limited = await StubStore.StartAsync(403, Error("AccessDenied"));
        using var known = Client(limited);
        await new S3Probe(known).CheckAsync(Stop);

        await using var strict = await StubStore.StartAsync(403, Error("SignatureDoesNotMatch"));
        using var unknown = Client(strict);
        await AssertFaultAsync(BackendFault.Denied, async () => await new S3Probe(unknown).CheckAsync(Stop));
    }
}
