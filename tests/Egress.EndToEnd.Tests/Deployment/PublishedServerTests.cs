using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>
/// Builds the server as the Dockerfile does, but without Docker: from the same files and with the same command. Starts it as in the image, as a user
/// who may write only to the data folder.
/// </summary>
public sealed class PublishedServerTests : IAsyncDisposable
{
    private const string User = "daemon";
    private const string ReleaseVersion = "9.8.7-test.1";

    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly Dockerfile _image = Dockerfile.Read("Dockerfile");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string App => _folder["app"];

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task The_output_starts_serves_and_reports_its_health()
    {
        await PublishAsync();
        Assert.True(File.Exists(Path.Combine(App, "Egress.Core.dll")));
        Assert.StartsWith("MIT License", await File.ReadAllTextAsync(Path.Combine(App, "LICENSE"), Token), StringComparison.Ordinal);
        var notices = await File.ReadAllTextAsync(Path.Combine(App, "THIRD-PARTY-NOTICES.txt"), Token);
        Assert.All(Libraries(), library => Assert.Contains($"\n{library}\n", notices, StringComparison.OrdinalIgnoreCase));
        var port = FreePort.Next();
        var run = await RunAsync(port);
        var before = Files();

        await using (var server = await StartAsync(run))
        {
            var line = await server.WaitForLineAsync("curl -fOJ", StartLimit);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            var archive = await client.GetByteArrayAsync(new Uri(line.Split('\'')[1]).PathAndQuery, Token);
            using var zip = new ZipArchive(new MemoryStream(archive));
            Assert.Equal(3, zip.Entries.Count);

            var healthy = await HealthAsync(run);
            Assert.Equal($$"""{"status":"healthy","version":"{{ReleaseVersion}}"}""", healthy.EnsureSuccess().Output.Trim());
            Assert.Equal(0, await server.StopAsync());
        }

        Assert.Equal(1, (await HealthAsync(run)).ExitCode);
        Assert.Equal(before, Files());
    }

    private async Task PublishAsync()
    {
        var context = _folder["source"];
        foreach (var source in _image.Sources)
        {
            Copy(Path.Combine(RepositoryRoot.Path, source), Path.Combine(context, source));
        }

        var command = _image.Instructions.Single(i => i.Keyword == "RUN" && i.Arguments.StartsWith("dotnet publish", StringComparison.Ordinal)).Arguments;
        var architecture = RuntimeInformation.OSArchitecture == Architecture.X64 ? "amd64" : RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        (await Executable.Require("bash").RunAsync(new ExecutableRun
        {
            Arguments = ["-c", command.Replace(" /app", $" '{App}'", StringComparison.Ordinal)],
            WorkingDirectory = context,
            Environment = new Dictionary<string, string?> { ["TARGETARCH"] = architecture, ["VERSION"] = ReleaseVersion, ["MSBUILDDISABLENODEREUSE"] = "1" },
            Limit = PublishLimit,
        })).EnsureSuccess();
    }

    /// <summary>Returns the environment of the image, in which only the data folder is writable.</summary>
    private async Task<ExecutableRun> RunAsync(int port)
    {
        var data = Directory.CreateDirectory(_folder["data"]).FullName;
        if (Environment.IsPrivilegedProcess)
        {
            (await Executable.Require("chown").RunAsync(User, data)).EnsureSuccess();
        }

        var environment = EgressServer.CleanEnvironment();
        foreach (var (name, value) in _image.Environment)
        {
            environment[name] = value;
        }

        Assert.Equal("/data", environment["DATA_DIR"]);
        environment["DATA_DIR"] = data;
        environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        environment["SHUTDOWN_TIMEOUT"] = "1s"; // the server still accepts connections for this time before it exits
        environment["HOME"] = environment["TMPDIR"] = App;
        environment["DOTNET_ROOT"] = Path.GetFullPath("../../..", Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        return new ExecutableRun { Arguments = [], WorkingDirectory = App, Environment = environment, User = User };
    }

    private Task<ChildProcess> StartAsync(ExecutableRun run)
    {
        var entry = _image.Single("ENTRYPOINT").Json;
        return ChildProcess.StartAsync(Program(entry[0]), run with { Arguments = entry[1..] });
    }

    private Task<ExecutableResult> HealthAsync(ExecutableRun run)
    {
        var check = _image.Single("HEALTHCHECK");
        Assert.Equal("CMD", check.Words[0]);
        var command = (check with { Arguments = check.Arguments["CMD".Length..] }).Json;
        return Program(command[0]).RunAsync(run with { Arguments = command[1..] }, Token);
    }

    private Executable Program(string pathInImage)
    {
        Assert.StartsWith("/app/", pathInImage, StringComparison.Ordinal);
        return new Executable(Path.Combine(App, pathInImage["/app/".Length..]));
    }

    /// <summary>Returns the name and the version of each package that the published server loads.</summary>
    private List<string> Libraries()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(App, "Egress.Server.deps.json")));
        var libraries = document.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name).ToHashSet();
        var loaded = document.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject())
            .Where(library => libraries.Contains(library.Name) && (library.Value.TryGetProperty("runtime", out _) || library.Value.TryGetProperty("native", out _)))
            .Select(library => library.Name.Replace('/', ' ')).ToList();
        Assert.True(loaded.Count > 20, string.Join(", ", loaded));
        return loaded;
    }

    private string[] Files() => [.. Directory.EnumerateFiles(App, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    // Like .dockerignore, this leaves out the results of earlier builds.
    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(from).Where(entry => Path.GetFileName(entry) is not ("bin" or "obj")))
        {
            Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
        }
    }
}
