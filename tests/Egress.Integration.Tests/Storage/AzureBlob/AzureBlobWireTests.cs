using Azure.Storage.Blobs;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Integration.Tests.Storage.AzureBlob;

/// <summary>Tests how each response of Azure is interpreted.</summary>
public class AzureBlobWireTests
{
    private static readonly ObjectLocation Location = new("container", "a.bin");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static BlobServiceClient Client(StubStore store) => AzureBlobClientFactory.Create(new AzureBlobOptions
    {
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=account;AccountKey=YQ==;BlobEndpoint={store.Endpoint}account;",
    });

    /// <summary>Whether the SDK's client sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    private AzureBlobStorage Storage(StubStore store) => new AzureBlobOptions { ReadsWithSdk = ReadsWithSdk }.Storage(Client(store), TimeProvider.System);

    private static Task<StubStore> StartAsync(int status, string code) => StubStore.StartAsync(
        status, "<Error/>", code.Length == 0 ? [] : [("x-ms-error-code", code)]);

    private static async Task AssertFaultAsync(BackendFault expected, Func<Task> call)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(call);
        Assert.True(expected == thrown.Fault, thrown.ToString());
    }

    [Theory]
    [InlineData(400, "InvalidQueryParameterValue", BackendFault.Malformed)]
    [InlineData(401, "InvalidAuthenticationInfo", BackendFault.Denied)]
    [InlineData(403, "AuthenticationFailed", BackendFault.Denied)]
    [InlineData(403, "AuthorizationPermissionMismatch", BackendFault.Denied)]
    [InlineData(404, "", BackendFault.Malformed)]
    [InlineData(404, "ContainerNotFound", BackendFault.Malformed)]
    [InlineData(409, "BlobArchived", BackendFault.Denied)]
    [InlineData(412, "ConditionNotMet", BackendFault.Changed)]
    [InlineData(429, "", BackendFault.Throttled)]
    [InlineData(500, "InternalError", BackendFault.Unavailable)]
    [InlineData(500, "OperationTimedOut", BackendFault.TimedOut)]
    [InlineData(502, "", BackendFault.Unavailable)]
    [InlineData(503, "ServerBusy", BackendFault.Throttled)]
    [InlineData(503, "", BackendFault.Unavailable)]
    [InlineData(504, "", BackendFault.TimedOut)]
    public async Task Each_answer_is_translated_into_one_fault(int status, string code, BackendFault expected)
    {
        await using var store = await StartAsync(status, code);
        var storage = Storage(store);
        await AssertFaultAsync(expected, async () => await storage.OpenAsync(Location, ObjectRange.All, Stop));
        await AssertFaultAsync(expected, async () => await storage.LookUpAsync(Location, Stop));
        await AssertFaultAsync(expected, async () => await storage.ListAsync(new ObjectPrefix("container", ""), Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task Only_a_missing_blob_is_a_missing_object()
    {
        await using var store = await StartAsync(404, "BlobNotFound");
        var storage = Storage(store);
        Assert.Null(await storage.OpenAsync(Location, ObjectRange.All, Stop));
        Assert.Null(await storage.LookUpAsync(Location, Stop));
    }

    [Fact]
    public async Task A_response_that_is_not_a_listing_is_a_fault()
    {
        await using var store = await StubStore.StartAsync(200, "<html>Welcome to nginx</body>");
        await AssertFaultAsync(
            BackendFault.Malformed,
            async () => await Storage(store).ListAsync(new ObjectPrefix("container", ""), Stop).ToListAsync(Stop));
    }

    [Theory]
    [InlineData(null, "Hot", null, null)]
    [InlineData(null, "Cold", null, null)]
    [InlineData(UnavailableReason.Archived, "Archive", null, null)]
    [InlineData(UnavailableReason.Restoring, "Archive", "rehydrate-pending-to-hot", null)]
    [InlineData(UnavailableReason.KeyRequired, "Hot", null, "c2hhMjU2")]
    public async Task The_properties_of_an_object_say_that_it_cannot_be_read(UnavailableReason? expected, string tier, string? status, string? keyHash)
    {
        await using var store = await StubStore.StartAsync(context =>
        {
            context.Response.Headers["x-ms-access-tier"] = tier;
            context.Response.Headers["x-ms-archive-status"] = status;
            context.Response.Headers["x-ms-encryption-key-sha256"] = keyHash;
            var inListing = (status is null ? "" : $"<ArchiveStatus>{status}</ArchiveStatus>")
                + (keyHash is null ? "" : $"<CustomerProvidedKeySha256>{keyHash}</CustomerProvidedKeySha256>");
            return HttpMethods.IsHead(context.Request.Method)
                ? Task.CompletedTask
                : context.Response.WriteAsync(Listing(Blob("a", $"<AccessTier>{tier}</AccessTier>{inListing}")));
        });
        var storage = Storage(store);
        Assert.Equal(expected, (await storage.LookUpAsync(Location, Stop))!.Unavailable);
        Assert.Equal(expected, Assert.Single(await ListAsync(storage)).Unavailable);
    }

    [Theory]
    [InlineData("BlobArchived", true)]
    [InlineData("BlobBeingRehydrated", true)]
    [InlineData("BlobUsesCustomerSpecifiedEncryption", true)]
    [InlineData("AuthorizationFailure", false)]
    public async Task Opening_what_cannot_be_read_is_distinguished_from_missing_permission(string code, bool expected)
    {
        await using var store = await StartAsync(code == "AuthorizationFailure" ? 403 : 409, code);
        var refusal = await Assert.ThrowsAsync<BackendException>(
            async () => await Storage(store).OpenAsync(Location, ObjectRange.All, Stop));
        Assert.Equal((BackendFault.Denied, expected), (refusal.Fault, refusal.IsObjectUnavailable));
    }

    [Fact]
    public async Task An_object_that_needs_a_key_is_known_although_its_properties_are_refused()
    {
        await using var store = await StartAsync(409, "BlobUsesCustomerSpecifiedEncryption");
        Assert.Equal(UnavailableReason.KeyRequired, (await Storage(store).LookUpAsync(Location, Stop))!.Unavailable);
    }

    [Theory]
    [InlineData(307, "Location", "http://127.0.0.1:1/elsewhere")]
    [InlineData(307, "Location", "::nonsense")]
    [InlineData(304, "x-none", "")]
    [InlineData(418, "x-none", "")]
    [InlineData(200, "x-ms-blob-sequence-number", "x")]
    [InlineData(200, "Last-Modified", "yesterday")]
    [InlineData(200, "x-ms-creation-time", "yesterday")]
    public async Task An_answer_that_the_sdk_cannot_read_is_a_fault_with_its_cause(int status, string header, string value)
    {
        await using var store = await StubStore.StartAsync(status, "", (header, value));
        var storage = Storage(store);
        var calls = new List<Func<Task>> { async () => await storage.LookUpAsync(Location, Stop) };
        if (status != 200)
        {
            calls.Add(async () => await storage.OpenAsync(Location, ObjectRange.All, Stop));
            calls.Add(() => ListAsync(storage));
            calls.Add(async () => await new AzureBlobProbe(Client(store)).CheckAsync(Stop));
        }

        foreach (var call in calls)
        {
            var thrown = await Assert.ThrowsAsync<BackendException>(call);
            Assert.True(thrown.Fault == BackendFault.Malformed, thrown.ToString());
            Assert.NotNull(thrown.InnerException);
        }
    }

    [Theory]
    [InlineData("a%01%EF%BF%BE.jpg", " Encoded=\"true\"", "a\u0001\uFFFE.jpg")]
    [InlineData("a%01.jpg", "", "a%01.jpg")]
    [InlineData("/a+b.jpg", "", "/a+b.jpg")]
    public async Task A_listed_name_is_the_key(string name, string attribute, string expected)
    {
        await using var store = await StubStore.StartAsync(200, Listing(Blob(name, "", attribute)));
        Assert.Equal(expected, Assert.Single(await ListAsync(Storage(store))).Location.Key);
    }

    public static TheoryData<string, BackendFault, int> Listings() => new()
    {
        { Listing(Blob("a"), "<NextMarker>m</NextMarker>"), BackendFault.Malformed, 2 },
        { Listing("", "<NextMarker>m</NextMarker>"), BackendFault.Malformed, 2 },
        { Listing("<Blob><Name>a</Name><Properties/></Blob>"), BackendFault.Malformed, 1 },
        { Listing(Blob("other")), BackendFault.Malformed, 1 },
        { Listing(Blob("a/../b")), BackendFault.Denied, 1 },
    };

    [Theory]
    [MemberData(nameof(Listings))]
    public async Task A_listing_that_does_not_advance_or_cannot_be_opened_fails_at_once(string listing, BackendFault expected, int requests)
    {
        await using var store = await StubStore.StartAsync(200, listing);
        await AssertFaultAsync(
            expected,
            async () => await Storage(store).ListAsync(new ObjectPrefix("container", "a"), Stop).ToListAsync(Stop));
        Assert.Equal(requests, store.Requests.Count);
    }

    [Fact]
    public async Task An_object_with_data_is_listed_although_it_looks_like_a_folder()
    {
        const string folder = "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>";
        await using var store = await StubStore.StartAsync(200, Listing(
            Blob("a/") + Blob("b/", "<Content-Length>0</Content-Length>")
            + Blob("c").Replace("</Blob>", $"{folder}</Blob>", StringComparison.Ordinal)
            + Blob("d", "<Content-Length>0</Content-Length>").Replace("</Blob>", $"{folder}</Blob>", StringComparison.Ordinal)));
        Assert.Equal(["a/", "c"], (await ListAsync(Storage(store))).Select(found => found.Location.Key));
    }

    private static string Listing(string blobs, string rest = "") =>
        $"<?xml version=\"1.0\"?><EnumerationResults><Blobs>{blobs}</Blobs>{rest}</EnumerationResults>";

    private static string Blob(string name, string properties = "", string attribute = "") =>
        $"<Blob><Name{attribute}>{name}</Name><Properties>"
        + (properties.Contains("Content-Length", StringComparison.Ordinal) ? "" : "<Content-Length>1</Content-Length>")
        + $"{properties}</Properties></Blob>";

    private static async Task<List<ObjectProperties>> ListAsync(AzureBlobStorage storage) =>
        await storage.ListAsync(new ObjectPrefix("container", ""), Stop).ToListAsync(Stop);

    [Fact]
    public async Task A_refusal_to_list_counts_as_an_answer_to_the_probe_but_a_closed_network_does_not()
    {
        await using var limited = await StartAsync(403, "AuthorizationPermissionMismatch");
        await new AzureBlobProbe(Client(limited)).CheckAsync(Stop);

        await using var closed = await StartAsync(403, "AuthorizationFailure");
        await AssertFaultAsync(BackendFault.Denied, async () => await new AzureBlobProbe(Client(closed)).CheckAsync(Stop));
    }
}
