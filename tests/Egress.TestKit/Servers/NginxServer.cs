using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>nginx in front of a server on loopback.</summary>
public sealed class NginxServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder;
    private readonly ChildProcess _process;

    private NginxServer(TempFolder folder, ChildProcess process, int port) => (_folder, _process, Port) = (folder, process, port);

    /// <summary>The port of nginx on loopback.</summary>
    public int Port { get; }

    /// <summary>Memory in use (resident set) in bytes. Linux only.</summary>
    public long ResidentBytes => _process.ResidentBytes;

    /// <summary>
    /// Paths of the temporary files in which nginx currently buffers responses. It deletes them right after opening them, so they are found through
    /// its file descriptors. Linux only.
    /// </summary>
    public IEnumerable<string> CollectedFiles => Directory.EnumerateFileSystemEntries($"/proc/{_process.Id}/fd")
        .Select(static descriptor => new FileInfo(descriptor).LinkTarget)
        .OfType<string>()
        .Where(target => target.StartsWith(_folder["proxy"], StringComparison.Ordinal));

    /// <summary>Starts nginx as a proxy. Skips the test if nginx is not installed.</summary>
    /// <param name="targetPort">Port of the server behind nginx.</param>
    /// <param name="location">Directives of the location in addition to <c>proxy_pass</c>.</param>
    public static Task<NginxServer> StartAsync(int targetPort, string location = "proxy_buffering off; proxy_http_version 1.1;") =>
        StartAsync((_, port) => Task.FromResult(
            $$"""server { listen 127.0.0.1:{{port}}; location / { proxy_pass http://127.0.0.1:{{targetPort}}; {{location}} } }"""));

    /// <summary>Starts nginx with its own server blocks. Skips the test if nginx is not installed.</summary>
    /// <param name="configure">Returns the content of <c>http { }</c>, given a folder for files and the loopback port to listen on.</param>
    public static async Task<NginxServer> StartAsync(Func<TempFolder, int, Task<string>> configure)
    {
        var program = Executable.Require("nginx");
        var folder = new TempFolder();
        var port = FreePort.Next();
        var configuration = $$"""
            daemon off; master_process off; pid {{folder["nginx.pid"]}}; error_log stderr notice;
            events { }
            http {
              access_log off;
              client_body_temp_path {{folder["body"]}}; proxy_temp_path {{folder["proxy"]}};
              fastcgi_temp_path {{folder["fastcgi"]}}; uwsgi_temp_path {{folder["uwsgi"]}}; scgi_temp_path {{folder["scgi"]}};
              {{await configure(folder, port)}}
            }
            """;
        await File.WriteAllTextAsync(folder["nginx.conf"], configuration);
        var process = await ChildProcess.StartAsync(program, new ExecutableRun
        {
            Arguments = ["-p", folder.Path, "-e", "stderr", "-c", folder["nginx.conf"]],
            WorkingDirectory = folder.Path,
        });
        await process.WaitForLineAsync("nginx/", StartLimit);
        return new NginxServer(folder, process, port);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _folder.DisposeAsync();
    }
}
