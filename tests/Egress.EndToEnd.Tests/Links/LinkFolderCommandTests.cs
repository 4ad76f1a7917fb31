using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests of the commands <c>link create FOLDER</c>, <c>downloads list</c> and <c>completion</c>.</summary>
public sealed class LinkFolderCommandTests
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_command_in_an_empty_folder_makes_a_working_link_to_a_folder_of_photos()
    {
        await using var folder = await PhotosAsync();
        var environment = EgressServer.CleanEnvironment();
        environment["PORT"] = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        environment["DATA_DIR"] = folder["data"];
        await using var process = await ChildProcess.StartAsync(
            Executable.Require("dotnet"),
            new ExecutableRun { Arguments = [EgressServer.AssemblyPath, "link", "create", "photos", "--serve"], WorkingDirectory = folder.Path, Environment = environment });
        await process.WaitForLineAsync("Egress listens on port", StartLimit);
        var link = await process.WaitForLineAsync("/download/0", StartLimit); // the id is a UUID, which begins with 0

        using var client = new HttpClient();
        using var archive = await client.GetAsync(link, Token);
        Assert.Equal("photos.zip", archive.Content.Headers.ContentDisposition?.FileNameStar ?? archive.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        using var zip = new ZipArchive(await archive.Content.ReadAsStreamAsync(Token));
        Assert.Equal(["a.jpg", "raw/ä b.jpg"], zip.Entries.Select(static entry => entry.FullName).Order(StringComparer.Ordinal));
        var page = await process.WaitForLineAsync("Page: ", StartLimit);
        Assert.Contains("photos.zip", await client.GetStringAsync(page["Page: ".Length..], Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_copied_to_the_disk_unless_it_is_there_and_the_data_of_the_server_is_not_shared()
    {
        await using var server = await EgressServer.StartAsync();
        await using var folder = await PhotosAsync();
        var copied = JsonElement.Parse((await server.RunAsync("link", "create", folder["photos"], "--name", "n", "--json")).EnsureSuccess().Output);
        Assert.Equal(["a.jpg", "raw/ä b.jpg"], await NamesAsync(server, copied));

        await server.PutAsync("albums", "2024/b.jpg", "b"u8.ToArray());
        var before = Directory.GetDirectories(server.Files).Length;
        foreach (var (place, names) in new[] { ("albums", "2024/b.jpg"), ("albums/2024", "b.jpg") })
        {
            var there = JsonElement.Parse((await server.RunAsync("link", "create", Path.Combine(server.Files, place), "--json")).EnsureSuccess().Output);
            Assert.Equal([names], await NamesAsync(server, there));
        }

        Assert.Equal(before, Directory.GetDirectories(server.Files).Length);

        // This folder contains the records and the objects of the server.
        var home = Directory.GetParent(server.Files)!.Parent!.FullName;
        Assert.Contains("has no files to share", (await server.RunAsync("link", "create", home)).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(home, "note.jpg"), "note", Token);
        var around = JsonElement.Parse((await server.RunAsync("link", "create", home, "--json")).EnsureSuccess().Output);
        Assert.Equal(["note.jpg"], await NamesAsync(server, around));
    }

    [Fact]
    public async Task A_folder_that_does_not_exist_is_named()
    {
        await using var server = await EgressServer.StartAsync();
        Assert.Contains("nothing does not exist.", (await server.RunAsync("link", "create", "nothing")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cannot be combined with --object", "photos", "--object", "a")]
    [InlineData("cannot be combined with --bucket", "photos", "--bucket", "b")]
    [InlineData("cannot be combined with --from-file", "photos", "--from-file", "-")]
    [InlineData("FOLDER only works on this machine", "photos", "--server", "http://localhost:1", "--api-key", "k")]
    [InlineData("--serve only works on this machine", "--prefix", "", "--serve", "--server", "http://localhost:1", "--api-key", "k")]
    public async Task The_message_names_why_a_folder_cannot_be_shared(string reason, params string[] arguments)
    {
        var refused = await EgressServer.RunInNewFolderAsync([], ["link", "create", .. arguments]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("http", refused.Output.Split("Examples")[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_disk_no_folder_is_shared()
    {
        await using var folder = await PhotosAsync();
        var refused = await EgressServer.RunInNewFolderAsync(
            [("DB_URL", $"sqlite://{folder["r.db"]}"), ("S3_ENDPOINT", "http://127.0.0.1:1"), ("S3_ACCESS_KEY_ID", "a"), ("S3_SECRET_ACCESS_KEY", "b")], "link", "create", folder["photos"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("but it is S3", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_last_download_of_each_link_is_listed(bool throughServer)
    {
        const string secret = "admin-secret-0123456789";
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", secret), ("EGRESS_API_KEY", secret));
        string[] place = throughServer ? ["--server", $"http://127.0.0.1:{server.Port}"] : [];
        await server.PutAsync("b", "a.jpg", "12345"u8.ToArray());
        foreach (var id in new[] { "first", "second", "never" })
        {
            await server.RunAsync("link", "create", "--bucket", "b", "--object", "a.jpg", "--id", id);
        }

        foreach (var id in new[] { "first", "second" })
        {
            await server.Client.GetByteArrayAsync(EgressServer.Link(id), Token);
            await Eventually.UntilAsync(() => ListAsync(), lines => lines.Any(line => line.Contains(id, StringComparison.Ordinal)), "the download to be counted", static lines => string.Join('\n', lines), Token);
        }

        Assert.Equal(["second", "first"], (await ListAsync()).Select(static line => JsonElement.Parse(line).GetProperty("id").GetString()));
        Assert.Single(await ListAsync("--limit", "1"));
        Assert.Empty(await ListAsync("--status", "failed"));
        Assert.Contains("completed  ", (await server.RunAsync(["downloads", "list", .. place])).EnsureSuccess().Output, StringComparison.Ordinal);

        async Task<string[]> ListAsync(params string[] options) =>
            (await server.RunAsync(["downloads", "list", "--json", .. options, .. place])).EnsureSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData("egress link cr", "create")]
    [InlineData("egress link list --state r", "revoked")]
    [InlineData("egress completion z", "zsh")]
    public async Task Bash_completes_commands_options_and_values(string line, string completed)
    {
        await using var folder = new TempFolder();
        var bash = Executable.Require("bash");
        var script = await RunAsync("completion", "bash");
        const string test = """
            egress() { "$DOTNET" "$SERVER" "$@"; }
            eval "$SCRIPT"
            read -ra COMP_WORDS <<< "$LINE"
            COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _egress
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var environment = new Dictionary<string, string?> { ["DOTNET"] = Executable.Require("dotnet").Path, ["SERVER"] = EgressServer.AssemblyPath, ["SCRIPT"] = script, ["LINE"] = line };
        var run = await bash.RunAsync(new ExecutableRun { Arguments = ["-c", test], WorkingDirectory = folder.Path, Environment = environment }, Token);
        Assert.Equal(completed, run.EnsureSuccess().Output.Trim());
        Assert.Contains("#compdef egress", await RunAsync("completion", "zsh"), StringComparison.Ordinal);
        Assert.Contains("complete -c egress", await RunAsync("completion", "fish"), StringComparison.Ordinal);

        async Task<string> RunAsync(params string[] arguments) => (await EgressServer.RunInNewFolderAsync([], arguments)).EnsureSuccess().Output;
    }

    private static async Task<TempFolder> PhotosAsync()
    {
        var folder = new TempFolder();
        await folder.WriteAsync("photos/a.jpg", "a"u8.ToArray());
        await folder.WriteAsync("photos/raw/ä b.jpg", "b"u8.ToArray());
        await folder.WriteAsync("photos/.hidden", "h"u8.ToArray());
        File.CreateSymbolicLink(folder["photos/link.jpg"], "/etc/hostname");
        return folder;
    }

    private static async Task<IEnumerable<string>> NamesAsync(EgressServer server, JsonElement created)
    {
        var archive = await server.Client.GetByteArrayAsync(new Uri(created.GetProperty("url").GetString()!).PathAndQuery, Token);
        using var zip = new ZipArchive(new MemoryStream(archive));
        return [.. zip.Entries.Select(static entry => entry.FullName).Order(StringComparer.Ordinal)];
    }
}
