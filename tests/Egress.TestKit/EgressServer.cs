using System.Globalization;
using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Egress.TestKit.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.TestKit;

/// <summary>The built plain server in a process of its own, on a free port, with a temporary data folder.</summary>
public sealed class EgressServer : IAsyncDisposable
{
    private const string Secret = "test-secret-0123456789";

    /// <summary>Prefixes of environment variables that the client libraries of databases, storages and telemetry read.</summary>
    private static readonly string[] ForeignPrefixes = ["AWS_", "S3_", "AZURE_", "OTEL_", "PG", "AzureWebJobs", "APPLICATIONINSIGHTS_"];

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly LinkSigner Signer = new(new SigningOptions { Secret = Secret });

    private readonly TempFolder _folder;
    private readonly IReadOnlyDictionary<string, string?> _environment;

    private EgressServer(TempFolder folder, int port, (string Name, string? Value)[] settings)
    {
        _folder = folder;
        Port = port;
        _environment = Environment(folder, port, settings);
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The port of the server on loopback.</summary>
    public int Port { get; }

    /// <summary>A client whose base address is the server.</summary>
    public HttpClient Client { get; }

    /// <summary>The current process of the server.</summary>
    public ChildProcess Process { get; private set; } = null!;

    /// <summary>Folder of the embedded storage. The file <c>BUCKET/KEY</c> in it is the content of an object.</summary>
    public string Files => _folder["data/files"];

    /// <summary>Starts the server with the embedded default and a fixed signing secret.</summary>
    /// <param name="settings">Further settings. If a name occurs twice, the last value is used; null removes a setting.</param>
    /// <exception cref="InvalidOperationException">The server did not start. The message contains its log.</exception>
    public static async Task<EgressServer> StartAsync(params (string Name, string? Value)[] settings)
    {
        var server = new EgressServer(new TempFolder(), FreePort.Next(), settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the server again on the same data and port, after it was stopped or killed.</summary>
    public async Task StartAgainAsync()
    {
        Process = await ChildProcess.StartAsync(Dotnet, new ExecutableRun
        {
            Arguments = [AssemblyPath],
            WorkingDirectory = _folder.Path,
            Environment = _environment,
        });
        await Process.WaitForLineAsync("Egress listens on port", StartLimit);
    }

    /// <summary>Runs a command of the server's command line, with the settings and the data folder of the server.</summary>
    public Task<ExecutableResult> RunAsync(params string[] arguments) => RunAsync(_folder, _environment, arguments);

    /// <summary>Runs a command in a new data folder. The settings may be invalid.</summary>
    public static async Task<ExecutableResult> RunInNewFolderAsync((string Name, string? Value)[] settings, params string[] arguments)
    {
        await using var folder = new TempFolder();
        return await RunAsync(folder, Environment(folder, FreePort.Next(), settings), arguments);
    }

    /// <summary>Writes an object to the embedded storage.</summary>
    /// <returns>Path of the file.</returns>
    public Task<string> PutAsync(string bucket, string key, ReadOnlyMemory<byte> content) => _folder.WriteAsync($"data/files/{bucket}/{key}", content);

    /// <summary>Stores a record in the process of the test, and returns its link, relative to the server.</summary>
    public Task<string> CreateLinkAsync(string bucket, params string[] keys) =>
        AddAsync(
            new DownloadRecord { Id = Guid.NewGuid().ToString(), Bucket = bucket, Objects = [.. keys.Select(static key => new ObjectItem(key))] },
            (signer, id) => new Uri(signer.CreateLink(Client.BaseAddress!, id, signer.DefaultExpiry(DateTimeOffset.UtcNow))).PathAndQuery);

    /// <summary>Writes a record to the embedded database as another application would, without the checks of the command line.</summary>
    /// <returns>The link of the record without an expiry, relative to the server.</returns>
    public Task<string> AddRecordAsync(DownloadRecord record) => AddAsync(record, static (_, id) => Link(id));

    /// <summary>Returns the signed link of an id, relative to the server.</summary>
    /// <param name="id">The id, with or without a record.</param>
    /// <param name="expiry">The value of the parameter <c>expiry</c>; null for none.</param>
    public static string Link(string id, string? expiry = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"/download/{Uri.EscapeDataString(id)}?{(expiry is null ? "" : $"expiry={expiry}&")}signature={Signer.Sign(id, expiry)}");

    /// <summary>Returns the environment variables that a test's server must not inherit from the developer's shell, each with the value null.</summary>
    public static Dictionary<string, string?> CleanEnvironment() => System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .Where(static name => SettingTable.Names.Contains(name) || ForeignPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
        .ToDictionary(static name => name, static _ => (string?)null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
        await _folder.DisposeAsync();
    }

    /// <summary>Path of the built server, in the build configuration of the tests.</summary>
    public static string AssemblyPath
    {
        get
        {
            var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(RepositoryRoot.Path, "src/Egress.Server/bin", framework.Parent!.Name, framework.Name, "Egress.Server.dll");
        }
    }

    private async Task<string> AddAsync(DownloadRecord record, Func<LinkSigner, string, string> createLink)
    {
        var environment = _environment.Where(static setting => setting.Value is not null).ToDictionary(static setting => setting.Key, static setting => setting.Value!);
        var settings = SettingsReader.Read(SettingSource.FromEnvironment(environment), HostProfile.Server);
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        return await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, CancellationToken.None)
            ? createLink(services.GetRequiredService<LinkSigner>(), record.Id)
            : throw new InvalidOperationException($"There is a record '{record.Id}' already.");
    }

    private static Executable Dotnet => Executable.Require("dotnet");

    private static Task<ExecutableResult> RunAsync(TempFolder folder, IReadOnlyDictionary<string, string?> environment, string[] arguments) =>
        Dotnet.RunAsync(new ExecutableRun { Arguments = [AssemblyPath, .. arguments], WorkingDirectory = folder.Path, Environment = environment });

    private static Dictionary<string, string?> Environment(TempFolder folder, int port, (string Name, string? Value)[] settings)
    {
        var environment = CleanEnvironment();
        environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        environment["DATA_DIR"] = folder["data"];
        environment["SIGNING_SECRET"] = Secret;
        environment["ENFORCE_SIGNING"] = "false"; // most tests use links without a signature
        environment["DATABASE_QUERY_TIMEOUT"] = "1m"; // the default time limit would abort queries on a busy machine
        foreach (var (name, value) in settings)
        {
            environment[name] = value?.Replace("{folder}", folder.Path, StringComparison.Ordinal);
        }

        return environment;
    }
}
