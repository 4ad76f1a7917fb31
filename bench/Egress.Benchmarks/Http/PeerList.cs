using System.Globalization;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>Starts Egress, the alternatives that users have, and servers that only send a finished file.</summary>
/// <param name="workspace">The file sets and the published servers.</param>
internal sealed class PeerList(Workspace workspace)
{
    public const string Ours = "Egress";
    public const string Kestrel = "Kestrel SendFileAsync";
    public const string Nginx = "nginx sendfile";

    /// <summary>The libraries of Node.js that the targets call "node peers".</summary>
    public static readonly IReadOnlyList<string> Node = ["archiver", "zip-stream", "yazl"];

    /// <summary>The servers that compress with zlib at level 6.</summary>
    public static readonly IReadOnlyList<string> Zlib = [.. Node, Bsdtar];

    public const string Python = "Python zipfile";
    public const string Encrypted = "archiver-zip-encrypted";

    private const string Bsdtar = "bsdtar";
    private static readonly string[] Piped = [Bsdtar, "zip"];

    /// <summary>Starts Egress with the sets as its storage.</summary>
    /// <param name="server">The published server.</param>
    /// <param name="settings">Settings that differ from the defaults.</param>
    public async Task<Peer> StartEgressAsync(Executable server, params (string Name, string Value)[] settings)
    {
        var records = new EgressRecords(workspace["records.db"]);
        await records.CreateAsync();
        foreach (var set in FileSet.All)
        {
            await records.AddAsync(set.Name, set.Name, set.Names);
            await records.AddAsync($"{set.Name}-encrypted", set.Name, set.Names, "secret");
        }

        return await Peer.StartAsync(
            Ours,
            server,
            static _ => [],
            "Egress listens on port",
            static (set, encrypted) => EgressRecords.Link(encrypted ? $"{set.Name}-encrypted" : set.Name),
            port => records.Settings(port, [("STORAGE_PATH", workspace.Sets), ("ALLOW_PASSWORD_PROTECTED", "true"), .. settings]));
    }

    /// <summary>Starts another server.</summary>
    /// <returns>The server; null if its program is not installed.</returns>
    public async Task<Peer?> StartAsync(string name) => name switch
    {
        Kestrel => await StartKestrelAsync(),
        Nginx when Executable.Find("nginx") is { } nginx => await StartNginxAsync(nginx),
        Python when Executable.Find("python3") is { } python => await Peer.StartAsync(
            name, python, port => [Path.Combine(Workspace.Peers, "server.py"), workspace.Sets, Text(port)], "listening", ArchivePath),
        _ when Others.Contains(name) && Executable.Find("node") is { } node && (!Piped.Contains(name) || Executable.Find(name) is not null) =>
            await StartNodeAsync(name, node),
        _ when !Others.Contains(name) => throw new ArgumentException($"There is no peer '{name}': {string.Join(", ", Others)}.", nameof(name)),
        _ => null,
    };

    /// <summary>Names of all servers except Egress, in the order of the tables.</summary>
    public static IReadOnlyList<string> Others { get; } = [Kestrel, Nginx, .. Node, Encrypted, Python, .. Piped];

    /// <summary>Path of the finished archive of a set.</summary>
    public string ReadyArchive(FileSet set) => workspace[$"ready/{set.Name}.zip"];

    private static string? ArchivePath(FileSet set, bool encrypted) =>
        encrypted ? null : $"/{set.Name}?method={(set.IsText ? "deflate" : "store")}";

    private static string? EncryptedPath(FileSet set, bool encrypted) => encrypted ? $"/{set.Name}?method=store" : null;

    /// <summary>
    /// Returns the path of a finished file; null for a compressed or encrypted archive, because sending a finished file is not comparable with that.
    /// </summary>
    private static string? ReadyPath(FileSet set, bool encrypted) => encrypted || set.IsText ? null : $"/{set.Name}.zip";

    private Task<Peer> StartKestrelAsync() => Peer.StartAsync(
        Kestrel,
        Workspace.Require("dotnet"),
        port => [typeof(PeerList).Assembly.Location, "serve-files", workspace["ready"], Text(port)],
        "listening",
        ReadyPath);

    private async Task<Peer> StartNodeAsync(string name, Executable node)
    {
        await Workspace.InstallPeersAsync();
        return await Peer.StartAsync(
            name,
            node,
            port => [Path.Combine(Workspace.Peers, "server.mjs"), name, workspace.Sets, Text(port)],
            "listening",
            name == Encrypted ? EncryptedPath : ArchivePath);
    }

    private async Task<Peer> StartNginxAsync(Executable nginx)
    {
        var folder = Directory.CreateDirectory(workspace["nginx"]).FullName;
        var configuration = Path.Combine(folder, "nginx.conf");
        return await Peer.StartAsync(
            Nginx,
            nginx,
            port =>
            {
                File.WriteAllText(configuration, NginxConfiguration(folder, port));
                return ["-p", folder, "-e", "stderr", "-c", configuration];
            },
            "nginx/",
            ReadyPath);
    }

    private string NginxConfiguration(string folder, int port) => $$"""
        daemon off; master_process off; pid {{folder}}/nginx.pid; error_log stderr notice;
        events { }
        http {
          access_log off; sendfile on; tcp_nopush on;
          client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy;
          fastcgi_temp_path {{folder}}/fastcgi; uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
          server { listen 127.0.0.1:{{port}}; root {{workspace["ready"]}}; }
        }
        """;

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
