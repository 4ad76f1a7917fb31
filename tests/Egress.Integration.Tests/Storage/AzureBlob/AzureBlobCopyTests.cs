using System.Text;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Egress.Integration.Tests.Storage.AzureBlob;

/// <summary>Tests of "Put Block From URL", which Azurite does not implement, with a scripted storage.</summary>
public sealed class AzureBlobCopyTests
{
    private static readonly ObjectUpload Upload = new(new ObjectLocation("exports", "out.zip"), "0123456789abcdef");
    private static readonly CopiedRange Source = new(new ObjectLocation("photos", "a b+%.jpg"), "\"0x8D\"", 700, 5000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static ValueTask<UploadedPart?> CopyAsync(StubStore store) => new AzureBlobUploads(
        AzureBlobClientFactory.Create(new AzureBlobOptions
        {
            ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=account;AccountKey=YQ==;BlobEndpoint={store.Endpoint}account;",
        }),
        TimeProvider.System).CopyPartAsync(Upload, new PartPlace(7, 0), Source, Stop);

    [Fact]
    public async Task The_copy_request_has_the_range_and_the_validator()
    {
        HeaderDictionary headers = [];
        await using var store = await StubStore.StartAsync(context =>
        {
            headers = new(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            context.Response.StatusCode = 201;
            return Task.CompletedTask;
        });
        Assert.Equal(new UploadedPart(7, ""), await CopyAsync(store));

        var block = Convert.ToBase64String(Encoding.ASCII.GetBytes("0123456789abcdef-000007"));
        Assert.Equal($"PUT /account/exports/out.zip?comp=block&blockid={Uri.EscapeDataString(block)}", Assert.Single(store.Requests));
        Assert.Equal(("bytes=700-5699", "\"0x8D\"", "0"), ($"{headers["x-ms-source-range"]}", $"{headers["x-ms-source-if-match"]}", $"{headers.ContentLength}"));
        var from = new Uri(headers["x-ms-copy-source"].ToString());
        Assert.Equal("/account/photos/a%20b%2B%25.jpg", from.AbsolutePath);
        var query = QueryHelpers.ParseQuery(from.Query);
        Assert.Equal(("r", "b"), ($"{query["sp"]}", $"{query["sr"]}"));
        Assert.NotEmpty(query["sig"].ToString());
    }

    [Theory]
    [InlineData(400, "InvalidHeaderValue")]
    [InlineData(403, "CannotVerifyCopySource")]
    [InlineData(404, "CannotVerifyCopySource")]
    [InlineData(409, "BlobArchived")]
    [InlineData(501, "NotImplemented")]
    public async Task Parts_that_are_not_copied_are_uploaded(int status, string code)
    {
        await using var store = await StubStore.StartAsync(status, "<Error/>", ("x-ms-error-code", code));
        Assert.Null(await CopyAsync(store));
    }

    [Theory]
    [InlineData(412, "SourceConditionNotMet", BackendFault.Changed)]
    [InlineData(412, "CannotVerifyCopySource", BackendFault.Changed)]
    [InlineData(500, "InternalError", BackendFault.Unavailable)]
    [InlineData(503, "ServerBusy", BackendFault.Throttled)]
    public async Task A_changed_object_and_a_failure_are_faults(int status, string code, BackendFault expected)
    {
        await using var store = await StubStore.StartAsync(status, "<Error/>", ("x-ms-error-code", code));
        var thrown = await Assert.ThrowsAsync<BackendException>(async () => await CopyAsync(store));
        Assert.Equal(expected, thrown.Fault);
    }
}
