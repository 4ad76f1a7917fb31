using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Egress.Storage.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Storage.AzureBlob;

/// <summary>Tests which objects are read without the SDK's client, and what happens if such a request fails.</summary>
public sealed class AzureBlobReaderTests
{
    private static readonly Uri Account = new("https://account.blob.core.windows.net");

    private readonly ScriptedAzure _server = new();
    private readonly FakeTimeProvider _time = new();
    private readonly AzureBlobStorage _storage;

    public AzureBlobReaderTests() => _storage = Storage(WithKey());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The odd keys without those that contain a backslash, which Azure does not support.</summary>
    public static TheoryData<string> Keys => [.. OddKeys.All().Select(static row => row.Data).Where(static key => !key.Contains('\\'))];

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Any_key_is_requested_at_the_url_of_the_sdk_with_one_signed_request(string key)
    {
        foreach (var client in new[] { WithKey(), WithSignature() })
        {
            _server.Requests.Clear();
            await ReadAsync(Storage(client), key);
            await ReadAsync(new AzureBlobStorage(client), key);
            var (direct, sdk) = (_server.Requests.First(), _server.Requests.Last());
            Assert.Equal((false, true, 2), (direct.IsFromSdk, sdk.IsFromSdk, _server.Requests.Count));
            Assert.Equal(sdk.Url, direct.Url);
            Assert.Equal(sdk.Authorization is null, direct.Authorization is null);
        }
    }

    [Fact]
    public async Task The_properties_are_those_that_the_sdk_reads()
    {
        await using var direct = await _storage.OpenAsync(At("a.bin"), ObjectRange.All, Stop);
        await using var sdk = await new AzureBlobStorage(WithKey()).OpenAsync(At("a.bin"), ObjectRange.All, Stop);
        Assert.Equal([false, true], Sent());
        Assert.Equal(sdk!.Properties, direct!.Properties);
        Assert.Equal((7, "\"0x8DC\"", "image/jpeg", 0x0A1B2C3Du), (
            direct.Properties.Size, direct.Properties.ETag, direct.Properties.ContentType, direct.Properties.Crc32!.Value));
    }

    [Fact]
    public async Task A_key_signs_each_request()
    {
        await ReadAsync(_storage);
        Assert.StartsWith("SharedKey account:", Assert.Single(_server.Requests).Authorization, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shared_access_signature_is_in_the_url()
    {
        await ReadAsync(Storage(WithSignature()));
        var sent = Assert.Single(_server.Requests);
        Assert.EndsWith("/container/a.bin?sv=2023-11-03&sig=a%2Bb%3D", sent.Url, StringComparison.Ordinal);
        Assert.Null(sent.Authorization);
    }

    [Fact]
    public async Task A_token_is_renewed_when_it_has_expired()
    {
        var credential = new CountingCredential();
        var storage = Storage(new BlobServiceClient(Account, credential, Options()));
        await ReadAsync(storage);
        await ReadAsync(storage);
        credential.Lifetime = TimeSpan.FromHours(1);
        await ReadAsync(storage);
        await ReadAsync(storage);
        Assert.Equal(["Bearer t1", "Bearer t2", "Bearer t3", "Bearer t3"], _server.Requests.Select(static sent => sent.Authorization));
        Assert.Equal([false, false, false, false], Sent());
    }

    [Fact]
    public async Task Without_a_token_the_fault_has_the_reason_and_nothing_is_sent()
    {
        var storage = Storage(new BlobServiceClient(Account, new CountingCredential { Fails = true }, Options()));
        var refusal = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(storage));
        Assert.Equal(BackendFault.Denied, refusal.Fault);
        Assert.Contains("No identity.", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(412)]
    [InlineData(501)]
    public async Task An_odd_answer_is_repeated_with_the_sdk_which_then_reads_the_container_for_a_while(int status)
    {
        _server.Change = (isFromSdk, answer) => answer.StatusCode = isFromSdk ? answer.StatusCode : (HttpStatusCode)status;
        await ReadAsync(_storage);
        await ReadAsync(_storage);
        Assert.Equal([false, true, true], Sent());

        _server.Change = static (_, _) => { };
        _time.Advance(SdkOnlyBuckets.Suspension);
        await ReadAsync(_storage);
        Assert.Equal([false, true, true, false], Sent());
    }

    [Theory]
    [InlineData("Last-Modified", "yesterday")]
    [InlineData("Last-Modified", null)]
    [InlineData("Content-Length", null)]
    [InlineData("ETag", null)]
    public async Task A_success_with_odd_headers_is_repeated_with_the_sdk(string name, string? value)
    {
        _server.Change = (isFromSdk, answer) =>
        {
            if (!isFromSdk)
            {
                var content = new HeadersOnly(answer.Content.Headers.NonValidated.Where(header => header.Key != name));
                answer.Content = content;
                answer.Headers.Remove(name == "ETag" ? name : "x-none");
                content.Headers.TryAddWithoutValidation(value is null ? "x-none" : name, value);
            }
        };
        await ReadAsync(_storage);
        Assert.Equal([false, true], Sent());
    }

    [Fact]
    public async Task A_service_that_ignores_the_range_is_left_to_the_sdk()
    {
        _server.Change = static (isFromSdk, answer) => answer.StatusCode = isFromSdk ? answer.StatusCode : HttpStatusCode.OK;
        await using var opened = await _storage.OpenAsync(At("a.bin"), new ObjectRange(1, 3), Stop);
        Assert.Equal([false, true], Sent());
    }

    [Theory]
    [InlineData(429, "", BackendFault.Throttled)]
    [InlineData(500, "OperationTimedOut", BackendFault.TimedOut)]
    [InlineData(500, "InternalError", BackendFault.Unavailable)]
    [InlineData(503, "ServerBusy", BackendFault.Throttled)]
    [InlineData(503, "", BackendFault.Unavailable)]
    public async Task A_service_that_is_overloaded_is_not_sent_the_request_again(int status, string code, BackendFault expected)
    {
        _server.Change = (_, answer) =>
        {
            answer.StatusCode = (HttpStatusCode)status;
            answer.Headers.TryAddWithoutValidation("Retry-After", "7");
            answer.Headers.TryAddWithoutValidation("x-ms-error-code", code);
        };
        var fault = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(_storage));
        Assert.Equal((expected, TimeSpan.FromSeconds(7)), (fault.Fault, fault.RetryAfter));
        Assert.Equal([false], Sent());
    }

    private static ObjectLocation At(string key) => new("container", key);

    private static async Task ReadAsync(AzureBlobStorage storage, string key = "a.bin")
    {
        await using var opened = await storage.OpenAsync(At(key), ObjectRange.All, Stop);
        using var content = new MemoryStream();
        await opened!.Content.CopyToAsync(content, Stop);
        Assert.Equal(ScriptedAzure.Content, content.ToArray());
    }

    private AzureBlobStorage Storage(BlobServiceClient client) => new(client, new AzureBlobReader(client, Transport(), _time));

    private BlobServiceClient WithKey() => new(Account, new StorageSharedKeyCredential("account", "a2V5"), Options());

    private BlobServiceClient WithSignature() => new(Account, new AzureSasCredential("sv=2023-11-03&sig=a%2Bb%3D"), Options());

    private BlobClientOptions Options() => new()
    {
        Transport = Transport(),
        TrimBlobNameSlashes = false,
        Retry = { MaxRetries = 0 },
    };

    private HttpClientTransport Transport() => new(new HttpClient(_server, disposeHandler: false));

    private List<bool> Sent() => [.. _server.Requests.Select(static sent => sent.IsFromSdk)];

    /// <summary>A response body whose length is not known.</summary>
    private sealed class HeadersOnly : HttpContent
    {
        public HeadersOnly(IEnumerable<KeyValuePair<string, System.Net.Http.Headers.HeaderStringValues>> headers)
        {
            foreach (var (name, value) in headers)
            {
                Headers.TryAddWithoutValidation(name, value.ToString());
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(ScriptedAzure.Content).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class CountingCredential : TokenCredential
    {
        private int _count;

        public TimeSpan Lifetime { get; set; } = TimeSpan.FromSeconds(-1);

        public bool Fails { get; init; }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Only asynchronous calls are supported.");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            Fails ? throw new AuthenticationFailedException("No identity.")
            : ValueTask.FromResult(new AccessToken($"t{++_count}", DateTimeOffset.UtcNow + Lifetime));
    }
}
