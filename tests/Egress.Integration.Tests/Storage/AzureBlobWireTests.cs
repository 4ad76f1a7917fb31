using Azure.Storage.Blobs;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>How each answer of Azure is understood.</summary>
public sealed class AzureBlobWireTests
{
    private static readonly ObjectLocation Location = new("container", "a.bin");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static BlobServiceClient Client(StubStore store) => AzureBlobClientFactory.Create(new AzureBlobOptions
    {
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=account;AccountKey=YQ==;BlobEndpoint={store.Endpoint}account;",
    });

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
    public async Task Each_answer_is_one_fault(int status, string code, BackendFault expected)
    {
        await using var store = await StartAsync(status, code);
        var storage = new AzureBlobStorage(Client(store));
        await AssertFaultAsync(expected, async () => await storage.OpenAsync(Location, ObjectRange.All, Stop));
        await AssertFaultAsync(expected, async () => await storage.LookUpAsync(Location, Stop));
        await AssertFaultAsync(expected, async () => await storage.ListAsync(new ObjectPrefix("container", ""), Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task Only_a_missing_blob_is_a_missing_object()
    {
        await using var store = await StartAsync(404, "BlobNotFound");
        var storage = new AzureBlobStorage(Client(store));
        Assert.Null(await storage.OpenAsync(Location, ObjectRange.All, Stop));
        Assert.Null(await storage.LookUpAsync(Location, Stop));
    }

    [Fact]
    public async Task A_listing_that_is_none_is_a_fault()
    {
        await using var store = await StubStore.StartAsync(200, "<html>Welcome to nginx</body>");
        await AssertFaultAsync(
            BackendFault.Malformed,
            async () => await new AzureBlobStorage(Client(store)).ListAsync(new ObjectPrefix("container", ""), Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task The_probe_takes_a_refusal_to_list_for_an_answer_but_not_a_closed_network()
    {
        await using var limited = await StartAsync(403, "AuthorizationPermissionMismatch");
        await new AzureBlobProbe(Client(limited)).CheckAsync(Stop);

        await using var closed = await StartAsync(403, "AuthorizationFailure");
        await AssertFaultAsync(BackendFault.Denied, async () => await new AzureBlobProbe(Client(closed)).CheckAsync(Stop));
    }
}
