using System.Globalization;
using System.Security.Cryptography;
using Egress.TestKit.Processes;
using Npgsql;

namespace Egress.TestKit.Servers;

/// <summary>A PostgreSQL server. It is a child process with a temporary data folder, or the external server that <see cref="Variable"/> names.</summary>
public sealed class PostgresServer : LocalServer
{
    /// <summary>Environment variable with the URL of a PostgreSQL server whose user may create databases.</summary>
    public const string Variable = "EGRESS_TEST_POSTGRES";

    // Like real passwords, this one needs percent-encoding in a URL.
    private const string Password = "s3cret/p@ss:w%rd";
    private const string User = "egress";

    private static readonly SharedServer<PostgresServer> Shared = new(
        "postgres",
        Variable,
        whyNotInstalled: () => Executable.Find("initdb") is null ? "PostgreSQL is not installed" : null,
        start: static () => StartOwnAsync(tls: false),
        use: url => new PostgresServer(ServerUrl.Parse(url)));

    private readonly ServerUrl _url;
    private readonly bool _tls;

    private PostgresServer(ServerUrl url, TempFolder? folder = null, bool tls = false)
        : base(folder) => (_url, _tls) = (url, tls);

    /// <summary>The self-signed certificate of a server that was started with TLS.</summary>
    public string CertificatePath => Folder["tls.crt"];

    /// <summary>User name and password of the administrator.</summary>
    public (string User, string Password) Administrator => (_url.User, _url.Password);

    /// <summary>The port of the server.</summary>
    public int Port => _url.Port;

    // The signal of the fast shutdown. SIGTERM would wait for every session to end.
    private protected override UnixSignal StopSignal => UnixSignal.Interrupt;

    /// <summary>Returns the server that all tests share. Without a server the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists it.</summary>
    public static Task<PostgresServer> GetAsync() => Shared.GetAsync();

    /// <summary>Starts a separate server, which the test may stop, kill and restart. Skips the test like <see cref="GetAsync"/>.</summary>
    public static Task<PostgresServer> StartAsync() => Shared.StartOwnAsync();

    /// <summary>Starts a separate server that also offers TLS. Skips the test like <see cref="GetAsync"/>.</summary>
    public static Task<PostgresServer> StartWithTlsAsync() => Shared.StartOwnAsync(static () => StartOwnAsync(tls: true));

    /// <summary>Creates an empty database.</summary>
    /// <returns>The URL of the database: <c>postgres://user:password@host:port/database</c>, percent-encoded.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        string name = $"t_{RandomNumberGenerator.GetHexString(16, true)}";
        await using var connection = new NpgsqlConnection(ConnectionString(_url.ToString()));
        await connection.OpenAsync(cancellationToken);
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync(cancellationToken);
        return (_url with { Database = name }).ToString();
    }

    /// <summary>Returns Npgsql's connection string for a URL of this server. Pooling is off, so that no idle connection keeps a database in use.</summary>
    public static string ConnectionString(string url)
    {
        ServerUrl parts = ServerUrl.Parse(url);
        return new NpgsqlConnectionStringBuilder
        {
            Host = parts.Host,
            Port = parts.Port,
            Username = parts.User,
            Password = parts.Password,
            Database = parts.Database,
            Pooling = false,
        }.ConnectionString;
    }

    private static async Task<PostgresServer> StartOwnAsync(bool tls)
    {
        var folder = new TempFolder();
        var server = new PostgresServer(new ServerUrl("postgres", User, Password, "127.0.0.1", FreePort.Next(), "postgres"), folder, tls);
        await File.WriteAllTextAsync(folder["password"], Password);
        if (tls)
        {
            await TestCertificate.WriteAsync(server.CertificatePath, folder["tls.key"]);
            File.SetUnixFileMode(folder["tls.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            (await Executable.Require("chown").RunAsync("-R", "postgres:", folder.Path)).EnsureSuccess();
        }

        string[] arguments = ["--pgdata", folder["data"], "--username", User, "--pwfile", folder["password"], "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C", "--no-sync"];
        (await Executable.Require("initdb").RunAsync(server.Run(arguments))).EnsureSuccess();
        await server.StartProcessAsync();
        return server;
    }

    private protected override async Task<(ChildProcess Process, string ReadyText)> LaunchAsync()
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        string[] arguments = ["-D", Folder["data"], "-h", "127.0.0.1", "-p", port, "-k", Folder.Path,
            "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
            .. _tls ? ["-c", "ssl=on", "-c", $"ssl_cert_file={CertificatePath}", "-c", $"ssl_key_file={Folder["tls.key"]}"] : Array.Empty<string>()];

        // SIGQUIT is the signal of the immediate shutdown, which ends all sessions and frees the shared memory.
        ChildProcess process = await ChildProcess.StartAsync(Executable.Require("postgres"), Run(arguments), UnixSignal.Quit);
        return (process, "database system is ready to accept connections");
    }

    private ExecutableRun Run(string[] arguments) => new()
    {
        Arguments = arguments,
        User = "postgres",
        WorkingDirectory = Folder.Path,
        Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
    };
}
