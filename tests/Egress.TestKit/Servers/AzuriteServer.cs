using System.Globalization;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>Azurite, an emulator of Azure Blob and Queue Storage. It is a child process, or the external server that <see cref="Variable"/> names.</summary>
public sealed class AzuriteServer : LocalServer
{
    /// <summary>Environment variable with the connection string of a storage account for the tests.</summary>
    public const string Variable = "EGRESS_TEST_AZURITE";

    private const string Script = "azurite/dist/src/azurite.js";
    private const string Account = "egresstest";

    private static readonly SharedServer<AzuriteServer> Shared = new(
        "azurite",
        Variable,
        whyNotInstalled: () => NodeServers.WhyNotInstalled(Script),
        start: StartOwnAsync,
        use: connectionString => new AzuriteServer(connectionString));

    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly string? _external;

    private AzuriteServer(string external)
        : base(folder: null) => _external = external;

    private AzuriteServer()
        : base(new TempFolder())
    {
    }

    /// <summary>Port of the blob service. Not valid for an external server.</summary>
    public int BlobPort { get; } = FreePort.Next();

    /// <summary>Port of the queue service. Not valid for an external server.</summary>
    public int QueuePort { get; } = FreePort.Next();

    /// <summary>Connection string for blobs and queues.</summary>
    public string ConnectionString => _external ?? ConnectionStringVia(BlobPort, QueuePort);

    /// <summary>Returns the server that all tests share. Without a server the test is skipped, or fails if <c>EGRESS_REQUIRE</c> lists it.</summary>
    public static Task<AzuriteServer> GetAsync() => Shared.GetAsync();

    /// <summary>Starts a separate server, which the test may stop, kill and restart. Skips the test like <see cref="GetAsync"/>.</summary>
    public static Task<AzuriteServer> StartAsync() => Shared.StartOwnAsync();

    /// <summary>Returns the connection string for a separate server behind proxies on these loopback ports.</summary>
    public string ConnectionStringVia(int blobPort, int queuePort) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={_key};"
        + $"BlobEndpoint=http://127.0.0.1:{blobPort}/{Account};QueueEndpoint=http://127.0.0.1:{queuePort}/{Account};";

    /// <summary>Creates an empty container.</summary>
    /// <returns>A client for the container, which has its name.</returns>
    public async Task<BlobContainerClient> CreateContainerAsync(CancellationToken cancellationToken = default)
    {
        var client = new BlobContainerClient(ConnectionString, $"t-{RandomNumberGenerator.GetHexString(16, true)}");
        await client.CreateAsync(cancellationToken: cancellationToken);
        return client;
    }

    private protected override async Task<(ChildProcess Process, string ReadyText)> LaunchAsync()
    {
        // The clients use an API version that is newer than the versions that Azurite supports.
        string[] arguments = ["--disableTelemetry", "--skipApiVersionCheck", "--silent", "--location", Folder.Path,
            "--blobPort", Text(BlobPort), "--queuePort", Text(QueuePort), "--tablePort", Text(FreePort.Next())];
        var environment = new Dictionary<string, string?> { ["AZURITE_ACCOUNTS"] = $"{Account}:{_key}" };
        return (await NodeServers.StartAsync(Script, Folder, arguments, environment), "Azurite Table service is successfully listening");
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static async Task<AzuriteServer> StartOwnAsync()
    {
        var server = new AzuriteServer();
        await server.StartProcessAsync();
        return server;
    }
}
