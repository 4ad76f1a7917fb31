using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>Creates the SDK's client. Each of its calls sends one request, because Egress's own decorator handles retries and time limits.</summary>
internal static class S3ClientFactory
{
    /// <summary>The number of bytes of an uploaded part that are written to the connection at a time. The default of the SDK is 8 KiB.</summary>
    private const int BodyBuffer = 128 << 10;

    public static AmazonS3Client Create(S3Options options) => new(Configure(options));

    /// <summary>Returns the configuration of the client. It contains the credentials, with which <see cref="S3Reader"/> also signs.</summary>
    internal static AmazonS3Config Configure(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.ForcePathStyle,
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            ThrottleRetries = false,
            Timeout = Timeout.InfiniteTimeSpan,
            BufferSize = BodyBuffer,
            HttpClientFactory = new SharedHttpClient(options.CertificateAuthorities is { } file ? new CertificateTrust(CertificateTrust.Load(file), "S3_CA_FILE") : null),
            // The SDK must not send or expect checksums that only AWS supports, because R2 and older MinIO refuse them.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }
        else
        {
            config.ServiceURL = options.Endpoint.ToString();
            config.AuthenticationRegion = options.Region;
        }

        config.DefaultAWSCredentials = options is { AccessKeyId: { } id, SecretAccessKey: { } secret } ? new BasicAWSCredentials(id, secret) : null;
        return config;
    }

    /// <summary>
    /// Gives the SDK one HTTP client for all requests. The SDK's own cache of HTTP clients is off, and without this class the SDK would create one for each
    /// request.
    /// </summary>
    private sealed class SharedHttpClient(CertificateTrust? trust) : HttpClientFactory
    {
        private readonly HttpClient _client = RemoteHttp.CreateClient(trust);

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
