using System.Net;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests of the files that the first start creates, and of its output on the console.</summary>
public sealed class FirstStartTests
{
    private const int Processes = 4;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_embedded_where_only_the_storage_is_set()
    {
        await using var folder = new TempFolder();
        await using var server = await EgressServer.StartAsync(("STORAGE_PATH", Directory.CreateDirectory(folder["files"]).FullName));
        using var unknown = await server.Client.GetAsync("/download/unknown", Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var ready = await server.Client.GetAsync("/ready", Token);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Servers_that_start_at_once_on_one_new_data_folder_agree_on_everything()
    {
        await using var folder = new TempFolder();
        var starting = Enumerable.Range(0, Processes)
            .Select(_ => EgressServer.StartAsync(("DATA_DIR", folder["data"]), ("SIGNING_SECRET", null), ("ENFORCE_SIGNING", null))).ToList();
        var servers = new List<EgressServer>();
        try
        {
            foreach (var start in starting)
            {
                servers.Add(await start);
            }

            var lines = await Task.WhenAll(servers.Select(server => server.Process.WaitForLineAsync("curl -fOJ", StartLimit)));
            foreach (var line in lines)
            {
                var link = new Uri(line.Split('\'')[1]).PathAndQuery;
                var answers = await Task.WhenAll(servers.Select(server => server.Client.GetAsync(link, Token)));
                Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            }
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }

        var left = Directory.EnumerateFileSystemEntries(folder["data"]).Concat(Directory.EnumerateFileSystemEntries(folder["data/files"])).Select(Path.GetFileName);
        Assert.DoesNotContain(left, name => name!.StartsWith("samples.", StringComparison.Ordinal) || name.StartsWith("signing-secret.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_embedded_default_refuses_links_without_a_signature()
    {
        await using var server = await EgressServer.StartAsync(("SIGNING_SECRET", null), ("ENFORCE_SIGNING", null));
        using var refused = await server.Client.GetAsync("/sample", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var link = (await server.RunAsync("link", "sign", "sample")).EnsureSuccess().Output.Trim();
        using var answer = await server.Client.GetAsync(new Uri(link).PathAndQuery, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Standard_output_has_nothing_but_JSON_lines_with_a_time_and_no_signed_link()
    {
        await using var folder = new TempFolder();
        var environment = EgressServer.CleanEnvironment();
        (environment["PORT"], environment["DATA_DIR"]) = ("0", folder["data"]);
        const string script = """
            "$0" "$1" > out 2> err &
            until grep -q 'curl -fOJ' err; do kill -0 $! || exit 9; done
            kill -TERM $!
            wait $!
            """;
        var result = await Executable.Require("sh").RunAsync(new ExecutableRun
        {
            Arguments = ["-c", script, Executable.Require("dotnet").Path, EgressServer.AssemblyPath],
            WorkingDirectory = folder.Path,
            Environment = environment,
        }, Token);
        result.EnsureSuccess();

        var lines = await File.ReadAllLinesAsync(folder["out"], Token);
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.True(
            JsonElement.Parse(line).GetProperty("Timestamp").GetString()!.EndsWith('Z'), line));
        Assert.Contains(lines, static line => line.Contains("\"EventId\":6003", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Contains("signature=", StringComparison.Ordinal));
    }
}
