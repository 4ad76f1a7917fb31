using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>An S3 server (s3rver). It is a child process, or the external server that <see cref="Variable"/> names.</summary>
public sealed class S3Server : LocalServer
{
    /// <summary>Environment variable with the URL of an S3 server whose user may create buckets: <c>http://key:secret@host:port</c>.</summary>
    public const string Variable = "EGRESS_TEST_S3";

    private const string Script = "s3rver/bin/s3rver.js";

    // The only user that s3rver has.
    private const string BuiltInUser = "S3RVER";

    private static readonly SharedServer<S3Server> Shared = new(
        "s3",
        Variable,
        whyNotInstalled: () => NodeServers.WhyNotInstalled(Script),
        start: StartOwnAsync,
        use: url => new S3Server(ServerUrl.Parse(url)));

    private readonly ServerUrl _url;

    private S3Server(ServerUrl url, TempFolder? folder = null)
        : base(folder) => _url = url;

    /// <summary>The endpoint of the server, with buckets in the path.</summary>
    public Uri Endpoint => new($"{_url.Scheme}://{_url.Host}:{_url.Port}");

    /// <summary>The port of the server.</summary>
    public int Port => _url.Port;

    /// <summary>The access key of the user.</summary>
    public string AccessKey => _url.User;

    /// <summary>The secret of the access key.</summary>
    public string SecretKey => _url.Password;

    /// <summary>Returns the server that all tests share. Without a server the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists it.</summary>
    public static Task<S3Server> GetAsync() => Shared.GetAsync();

    /// <summary>Starts a separate server, which the test may stop, kill and restart. Skips the test like <see cref="GetAsync"/>.</summary>
    public static Task<S3Server> StartAsync() => Shared.StartOwnAsync();

    /// <summary>Creates a client with which tests store objects. Checksum trailers are off, because s3rver would store them as content.</summary>
    public AmazonS3Client CreateClient() => new(
        new BasicAWSCredentials(AccessKey, SecretKey),
        new AmazonS3Config
        {
            ServiceURL = Endpoint.ToString(),
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });

    /// <summary>Creates an empty bucket.</summary>
    /// <returns>Name of the bucket.</returns>
    public async Task<string> CreateBucketAsync(CancellationToken cancellationToken = default)
    {
        string name = $"t-{RandomNumberGenerator.GetHexString(16, true)}";
        using AmazonS3Client client = CreateClient();
        await client.PutBucketAsync(name, cancellationToken);
        return name;
    }

    /// <summary>Stores an object.</summary>
    public async Task PutAsync(string bucket, string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        using AmazonS3Client client = CreateClient();
        using var stream = new MemoryStream(content.ToArray());
        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = bucket, Key = key, InputStream = stream, UseChunkEncoding = false },
            cancellationToken);
    }

    private protected override async Task<(ChildProcess Process, string ReadyText)> LaunchAsync()
    {
        string[] arguments = ["--directory", Folder.Path, "--address", "127.0.0.1", "--port", Port.ToString(CultureInfo.InvariantCulture),
            "--no-vhost-buckets"];
        // s3rver encrypts its continuation tokens with DES, which OpenSSL 3 supports only with this option.
        var environment = new Dictionary<string, string?> { ["NODE_OPTIONS"] = "--openssl-legacy-provider" };
        return (await NodeServers.StartAsync(Script, Folder, arguments, environment), "S3rver listening on");
    }

    private static async Task<S3Server> StartOwnAsync()
    {
        var server = new S3Server(new ServerUrl("http", BuiltInUser, BuiltInUser, "127.0.0.1", FreePort.Next(), ""), new TempFolder());
        await server.StartProcessAsync();
        return server;
    }
}
