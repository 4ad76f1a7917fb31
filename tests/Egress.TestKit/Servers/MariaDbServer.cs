using System.Globalization;
using System.Security.Cryptography;
using Egress.TestKit.Processes;
using MySqlConnector;

namespace Egress.TestKit.Servers;

/// <summary>A MariaDB server. It is a child process with a temporary data folder, or the external server that <see cref="Variable"/> names.</summary>
public sealed class MariaDbServer : LocalServer
{
    /// <summary>Environment variable with the URL of a MariaDB or MySQL server whose user may create databases.</summary>
    public const string Variable = "EGRESS_TEST_MARIADB";

    // Like real passwords, this one needs percent-encoding in a URL.
    private const string Password = "s3cret/p@ss:w%rd";
    private const string User = "egress";

    private static readonly SharedServer<MariaDbServer> Shared = new(
        "mariadb",
        Variable,
        whyNotInstalled: () => Executable.Find("mariadbd") is null ? "MariaDB is not installed" : null,
        start: StartOwnAsync,
        use: url => new MariaDbServer(ServerUrl.Parse(url)));

    private readonly ServerUrl _url;

    private MariaDbServer(ServerUrl url, TempFolder? folder = null)
        : base(folder) => _url = url;

    /// <summary>The port of the server.</summary>
    public int Port => _url.Port;

    /// <summary>Returns the server that all tests share. Without a server the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists it.</summary>
    public static Task<MariaDbServer> GetAsync() => Shared.GetAsync();

    /// <summary>Starts a separate server, which the test may stop, kill and restart. Skips the test like <see cref="GetAsync"/>.</summary>
    public static Task<MariaDbServer> StartAsync() => Shared.StartOwnAsync();

    /// <summary>
    /// Returns MySqlConnector's connection string for a URL of this server. Pooling is off, so that no test gets a connection from before an outage.
    /// </summary>
    public static string ConnectionString(string url)
    {
        ServerUrl parts = ServerUrl.Parse(url);
        return new MySqlConnectionStringBuilder
        {
            Server = parts.Host,
            Port = (uint)parts.Port,
            UserID = parts.User,
            Password = parts.Password,
            Database = parts.Database,
            Pooling = false,
        }.ConnectionString;
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>The URL of the database: <c>mysql://user:password@host:port/database</c>, percent-encoded.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        string name = $"t_{RandomNumberGenerator.GetHexString(16, true)}";
        await using var connection = new MySqlConnection(ConnectionString(_url.ToString()));
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand($"CREATE DATABASE {name} CHARACTER SET utf8mb4", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return (_url with { Database = name }).ToString();
    }

    private protected override async Task<(ChildProcess Process, string ReadyText)> LaunchAsync()
    {
        string[] arguments = [.. CommonArguments(), "--bind-address=127.0.0.1", $"--port={Port.ToString(CultureInfo.InvariantCulture)}",
            $"--socket={Folder["mariadb.sock"]}", $"--pid-file={Folder["mariadb.pid"]}", $"--init-file={Folder["init.sql"]}",
            "--skip-name-resolve", "--skip-log-bin", "--max-connections=200", "--innodb-flush-log-at-trx-commit=0"];
        return (await ChildProcess.StartAsync(Executable.Require("mariadbd"), Run(arguments)), "ready for connections");
    }

    private static async Task<MariaDbServer> StartOwnAsync()
    {
        var folder = new TempFolder();
        var server = new MariaDbServer(new ServerUrl("mysql", User, Password, "127.0.0.1", FreePort.Next(), "mysql"), folder);
        await File.WriteAllTextAsync(
            folder["init.sql"],
            $"CREATE USER IF NOT EXISTS '{User}'@'%' IDENTIFIED BY '{Password}';\nGRANT ALL ON *.* TO '{User}'@'%' WITH GRANT OPTION;\n");
        string[] arguments = [.. server.CommonArguments(), "--skip-test-db", "--auth-root-authentication-method=normal"];
        (await Executable.Require("mariadb-install-db").RunAsync(server.Run(arguments))).EnsureSuccess();
        await server.StartProcessAsync();
        return server;
    }

    // MariaDB runs as root only with this option.
    private string[] CommonArguments() =>
    [
        "--no-defaults", $"--datadir={Folder["data"]}", "--innodb-buffer-pool-size=32M", "--innodb-use-native-aio=0", "--innodb-log-file-size=16M",
        .. Environment.IsPrivilegedProcess ? ["--user=root"] : Array.Empty<string>(),
    ];

    private ExecutableRun Run(string[] arguments) => new() { Arguments = arguments, WorkingDirectory = Folder.Path };
}
