using Amazon.Runtime;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Http;
using Egress.Storage.S3;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>Tests which objects are read without the SDK, and what happens if such a request fails.</summary>
public sealed class S3ReaderTests : IAsyncLifetime
{
    private static readonly byte[] Content = "content"u8.ToArray();

    private readonly SigningS3 _server = new();
    private readonly FakeTimeProvider _time = new();
    private AmazonS3Client _client = null!;
    private S3Storage _storage = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        Use(_server.Options);
        _server.Objects["/bucket/a.bin"] = Content;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(OddKeys.All), MemberType = typeof(OddKeys))]
    public async Task Any_key_is_read_with_one_signed_request_of_its_own(string key)
    {
        _server.Objects["/bucket/" + Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal)] = Content;
        await ReadAsync(key);
        Assert.Equal((false, true), Sent().Single());
    }

    [Fact]
    public async Task The_properties_are_those_that_the_sdk_reads()
    {
        await using var direct = await _storage.OpenAsync(At("a.bin"), ObjectRange.All, Stop);
        await using var sdk = await new S3Storage(_client).OpenAsync(At("a.bin"), ObjectRange.All, Stop);
        Assert.Equal([(false, true), (true, true)], Sent());
        Assert.Equal(sdk!.Properties, direct!.Properties);
        Assert.Equal((7, "\"v\"", "image/jpeg"), (direct.Properties.Size, direct.Properties.ETag, direct.Properties.ContentType));
        Assert.Equal(new DateTimeOffset(2024, 11, 1, 10, 0, 0, TimeSpan.Zero), direct.Properties.Modified);
    }

    [Fact]
    public async Task An_endpoint_may_have_a_path()
    {
        Use(_server.Options with { Endpoint = new Uri(_server.Endpoint, "/base/path") });
        _server.Objects["/base/path/bucket/a%20b.bin"] = Content;
        await ReadAsync("a b.bin");
        Assert.Equal((false, true), Sent().Single());
    }

    [Fact]
    public async Task Each_request_is_signed_with_the_credentials_of_its_time()
    {
        var rotating = new RotatingCredentials();
        Use(_server.Options, rotating);
        foreach (var (id, secret, token) in new (string, string, string?)[] { ("a", "s", null), ("b", "t", "token"), ("b", "t", "other+/="), ("b", "u", "x") })
        {
            _server.Credentials = (id, secret, token);
            rotating.Current = new ImmutableCredentials(id, secret, token);
            await ReadAsync("a.bin");
        }

        Assert.Equal([(false, true), (false, true), (false, true), (false, true)], Sent());
    }

    [Theory]
    [InlineData("other", "secret", null)]
    [InlineData("id", "other", null)]
    [InlineData("id", "secret", "expired")]
    public async Task Credentials_that_the_store_refuses_are_denied(string id, string secret, string? token)
    {
        Use(_server.Options, new RotatingCredentials { Current = new ImmutableCredentials(id, secret, token) });
        var refusal = await Assert.ThrowsAsync<BackendException>(() => ReadAsync("a.bin"));
        Assert.Equal(BackendFault.Denied, refusal.Fault);
        Assert.Equal([(false, true), (true, true)], Sent());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task The_clock_is_corrected_as_the_sdk_corrects_it(int hours)
    {
        _server.Skew = TimeSpan.FromHours(hours);
        var refusal = await Record.ExceptionAsync(() => ReadAsync("a.bin"));
        Assert.True(refusal is null or BackendException { Fault: BackendFault.Denied }, refusal?.ToString());
        _time.Advance(SdkOnlyBuckets.Suspension);
        await ReadAsync("a.bin");
        Assert.Equal((false, true), Sent()[^1]);
    }

    [Fact]
    public async Task Without_credentials_the_sdk_reports_why()
    {
        Use(_server.Options, new RotatingCredentials { Fails = true });
        var refusal = await Assert.ThrowsAsync<BackendException>(() => ReadAsync("a.bin"));
        Assert.Equal(BackendFault.Denied, refusal.Fault);
        Assert.Contains("No role.", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Sent());
    }

    [Fact]
    public async Task Anonymous_requests_are_left_to_the_sdk_and_not_signed()
    {
        _server.Credentials = null;
        Use(_server.Options, new AnonymousAWSCredentials());
        await ReadAsync("a.bin");
        Assert.Equal((true, false), Sent().Single());
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task An_odd_answer_is_repeated_with_the_sdk_which_then_reads_the_bucket_for_a_while(int status)
    {
        _server.Instead = context =>
        {
            var refuses = !IsFromSdk(context);
            context.Response.StatusCode = refuses ? status : 200;
            context.Response.Headers.Location = "http://127.0.0.1:1/elsewhere";
            return refuses;
        };
        await ReadAsync("a.bin");
        await ReadAsync("a.bin");
        Assert.Equal([(false, true), (true, true), (true, true)], Sent());

        _server.Instead = static _ => false;
        _time.Advance(SdkOnlyBuckets.Suspension);
        await ReadAsync("a.bin");
        Assert.Equal((false, true), Sent()[^1]);
    }

    [Theory]
    [InlineData("Last-Modified", "yesterday")]
    [InlineData("Transfer-Encoding", "chunked")]
    public async Task A_success_with_odd_headers_is_repeated_with_the_sdk(string name, string value)
    {
        _server.Instead = context =>
        {
            if (!IsFromSdk(context) && name == "Last-Modified")
            {
                context.Response.Headers[name] = value;
                context.Response.ContentLength = 0;
            }
            else if (!IsFromSdk(context))
            {
                context.Response.ContentLength = null;
                _ = context.Response.StartAsync();
            }

            return !IsFromSdk(context);
        };
        await ReadAsync("a.bin");
        Assert.Equal([(false, true), (true, true)], Sent());
    }

    [Theory]
    [InlineData(429, "", BackendFault.Throttled)]
    [InlineData(500, "InternalError", BackendFault.Unavailable)]
    [InlineData(503, "SlowDown", BackendFault.Throttled)]
    [InlineData(503, "", BackendFault.Unavailable)]
    [InlineData(504, "", BackendFault.TimedOut)]
    public async Task A_store_that_is_overloaded_is_not_sent_the_request_again(int status, string code, BackendFault expected)
    {
        _server.Instead = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "7";
            context.Response.WriteAsync(code.Length == 0 ? "busy" : $"<Error><Code>{code}</Code></Error>");
            return true;
        };
        var fault = await Assert.ThrowsAsync<BackendException>(() => ReadAsync("a.bin"));
        Assert.Equal((expected, TimeSpan.FromSeconds(7)), (fault.Fault, fault.RetryAfter));
        Assert.Equal((false, true), Sent().Single());
    }

    [Fact]
    public async Task A_missing_object_is_null()
    {
        Assert.Null(await _storage.OpenAsync(At("missing"), ObjectRange.All, Stop));
        Assert.Equal([(false, true), (true, true)], Sent());
    }

    private static bool IsFromSdk(HttpContext context) => context.Request.Headers.UserAgent.ToString().Contains("aws-sdk", StringComparison.Ordinal);

    private static ObjectLocation At(string key) => new("bucket", key);

    private void Use(S3Options options, AWSCredentials? credentials = null)
    {
        _client?.Dispose();
        var config = S3ClientFactory.Configure(options);
        config.DefaultAWSCredentials = credentials ?? config.DefaultAWSCredentials;
        _client = new AmazonS3Client(config);
        _storage = options.Storage(_client, _time);
    }

    private List<(bool IsFromSdk, bool IsSigned)> Sent() => [.. _server.Reads.Select(read => (read.IsFromSdk, read.IsSigned))];

    private async Task ReadAsync(string key)
    {
        await using var opened = await _storage.OpenAsync(At(key), ObjectRange.All, Stop);
        using var content = new MemoryStream();
        await opened!.Content.CopyToAsync(content, Stop);
        Assert.Equal(Content, content.ToArray());
    }

    private sealed class RotatingCredentials : AWSCredentials
    {
        public ImmutableCredentials Current { get; set; } = new("id", "secret", null);

        public bool Fails { get; init; }

        public override ImmutableCredentials GetCredentials() => Fails ? throw new AmazonClientException("No role.") : Current;
    }
}
