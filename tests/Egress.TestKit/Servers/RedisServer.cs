using System.Globalization;
using System.Security.Cryptography;
using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>A Redis server. It is a child process with a temporary data folder, or the external server that <see cref="Variable"/> names.</summary>
public sealed class RedisServer : LocalServer
{
    /// <summary>Environment variable with the URL of a Redis server for the tests.</summary>
    public const string Variable = "EGRESS_TEST_REDIS";

    // Like real passwords, this one needs percent-encoding in a URL.
    private const string Password = "s3cret/p@ss:w%rd";

    private static readonly SharedServer<RedisServer> Shared = new(
        "redis",
        Variable,
        whyNotInstalled: () => Executable.Find("redis-server") is null ? "Redis is not installed" : null,
        start: StartOwnAsync,
        use: url => new RedisServer(ServerUrl.Parse(url)));

    private readonly ServerUrl _url;
    private readonly int _tlsPort = FreePort.Next();

    private RedisServer(ServerUrl url, TempFolder? folder = null)
        : base(folder) => _url = url;

    /// <summary>The port of the server.</summary>
    public int Port => _url.Port;

    /// <summary>The URL of the server: <c>redis://:password@host:port/0</c>, percent-encoded.</summary>
    public string Url => _url.ToString();

    /// <summary>The TLS URL of a server that was started for one test: <c>rediss://:password@127.0.0.1:port/0</c>. The shared server has none.</summary>
    public string TlsUrl => (_url with { Scheme = "rediss", Port = _tlsPort }).ToString();

    /// <summary>PEM file with the self-signed certificate, issued for 127.0.0.1, of a server that was started for one test.</summary>
    public string CertificateFile => Folder["redis.crt"];

    /// <summary>Returns the server that all tests share. Without a server the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists it.</summary>
    public static Task<RedisServer> GetAsync() => Shared.GetAsync();

    /// <summary>Starts a separate server, which the test may stop, kill and restart. Skips the test like <see cref="GetAsync"/>.</summary>
    public static Task<RedisServer> StartAsync() => Shared.StartOwnAsync();

    /// <summary>Returns a prefix for keys that no other test uses, because all tests share one database.</summary>
    public static string NewKeyPrefix() => $"t:{RandomNumberGenerator.GetHexString(16, true)}:";

    /// <summary>Returns StackExchange.Redis's configuration for a URL of this server.</summary>
    public static string ConnectionString(string url)
    {
        ServerUrl parts = ServerUrl.Parse(url);
        string tls = parts.Scheme == "rediss" ? ",ssl=true" : "";
        return $"{parts.Host}:{parts.Port},defaultDatabase={parts.Database},password={parts.Password}{tls}";
    }

    private protected override async Task<(ChildProcess Process, string ReadyText)> LaunchAsync()
    {
        string[] arguments = ["--bind", "127.0.0.1", "--port", Text(Port), "--requirepass", Password, "--dir", Folder.Path,
            "--appendonly", "yes", "--save", "",
            "--tls-port", Text(_tlsPort), "--tls-cert-file", CertificateFile, "--tls-key-file", Folder["redis.key"],
            "--tls-ca-cert-file", CertificateFile, "--tls-auth-clients", "no"];
        var run = new ExecutableRun { Arguments = arguments, WorkingDirectory = Folder.Path };
        return (await ChildProcess.StartAsync(Executable.Require("redis-server"), run), "Ready to accept connections");
    }

    private static async Task<RedisServer> StartOwnAsync()
    {
        var server = new RedisServer(new ServerUrl("redis", "", Password, "127.0.0.1", FreePort.Next(), "0"), new TempFolder());
        await TestCertificate.WriteAsync(server.CertificateFile, server.Folder["redis.key"]);
        await server.StartProcessAsync();
        return server;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
