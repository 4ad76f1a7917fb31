using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Storage.S3;

public sealed class S3LeadingSlashTests
{
    [Theory]
    [InlineData(false, "bucket", "https://bucket.s3.eu-central-1.amazonaws.com/")]
    [InlineData(false, "bucket.with.dots", "https://s3.eu-central-1.amazonaws.com/bucket.with.dots/")]
    [InlineData(true, "bucket", "https://s3.eu-central-1.amazonaws.com/bucket/")]
    public async Task A_key_with_slashes_at_its_start_is_requested_unchanged(bool isPathStyle, string bucket, string expected)
    {
        var options = new S3Options { Region = "eu-central-1", ForcePathStyle = isPathStyle, AccessKeyId = "id", SecretAccessKey = "secret" };
        var config = S3ClientFactory.Configure(options);
        var recorder = new Recorder();
        config.HttpClientFactory = recorder;
        using var client = new AmazonS3Client(config);
        foreach (var storage in new[] { options.Storage(client, TimeProvider.System), new S3Storage(client) })
        {
            foreach (var key in new[] { "a", "/a", "//a", "///a//" })
            {
                recorder.Urls.Clear();
                var location = new ObjectLocation(bucket, key);
                await Assert.ThrowsAsync<BackendException>(
                    async () => await storage.OpenAsync(location, ObjectRange.All, TestContext.Current.CancellationToken));
                await Assert.ThrowsAsync<BackendException>(async () => await storage.LookUpAsync(location, TestContext.Current.CancellationToken));
                Assert.InRange(recorder.Urls.Count, 2, 3);
                Assert.All(recorder.Urls, url => Assert.Equal(expected + key, url));
            }
        }
    }

    /// <summary>Records the URL of each request, and refuses the request.</summary>
    private sealed class Recorder : HttpClientFactory
    {
        public List<string> Urls { get; } = [];

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(Urls));

        private sealed class Handler(List<string> urls) : HttpMessageHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                urls.Add(request.RequestUri!.AbsoluteUri);
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Forbidden));
            }
        }
    }
}
