using Egress.Backends;
using Egress.Storage.S3;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Storage.S3;

public class S3StorageTests : ObjectStorageContract
{
    private S3Server _server = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await S3Server.GetAsync();
        Bucket = await _server.CreateBucketAsync(Stop);
        var options = S3Setup.Options(_server) with { ReadsWithSdk = ReadsWithSdk };
        Storage = options.Storage(S3ClientFactory.Create(options), TimeProvider.System);
    }

    /// <summary>Whether the SDK sends all requests.</summary>
    protected virtual bool ReadsWithSdk => false;

    /// <summary>False, because s3rver lists folder by folder, unlike S3.</summary>
    protected override bool KeysComeInOrder => false;

    protected override Task PutAsync(string key, byte[] content) => _server.PutAsync(Bucket, key, content, Stop);

    [Fact]
    public async Task A_marker_of_an_empty_folder_is_not_listed()
    {
        await PutAsync("folder/", []);
        await PutAsync("folder/a.txt", [1]);
        Assert.Equal(["folder/a.txt"], (await ListAsync("folder/")).Select(found => found.Location.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a?b")]
    public async Task An_impossible_bucket_name_is_a_fault(string bucket)
    {
        Bucket = bucket;
        await AssertFaultAsync(BackendFault.Malformed, () => ReadAsync("a.txt"));
        await AssertFaultAsync(BackendFault.Malformed, () => ListAsync(""));
    }

    [Fact]
    public Task The_probe_reaches_the_server() =>
        new S3Probe(S3ClientFactory.Create(S3Setup.Options(_server))).CheckAsync(Stop).AsTask();

    [Fact]
    public Task A_closed_port_is_unavailable()
    {
        var client = S3ClientFactory.Create(S3Setup.Options(_server) with { Endpoint = new Uri("http://127.0.0.1:1") });
        return AssertFaultAsync(BackendFault.Unavailable, () => new S3Probe(client).CheckAsync(Stop).AsTask());
    }
}
