using System.Net;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Tests the first start of the server, without any setting.</summary>
public sealed class FirstDownloadTests
{
    [Fact]
    public async Task The_printed_link_downloads_the_samples_and_a_second_start_works_on_the_same_data()
    {
        await using var server = await EgressServer.StartAsync(("SIGNING_SECRET", null), ("ENFORCE_SIGNING", "true"));
        var first = await DownloadPrintedLinkAsync(server);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.Files, "../signing-secret")));

        await server.Process.StopAsync(UnixSignal.Interrupt);
        await server.StartAgainAsync();
        Assert.Equal(first, await DownloadPrintedLinkAsync(server));
    }

    [Fact]
    public async Task The_sample_has_an_exact_length_and_can_be_resumed()
    {
        await using var server = await EgressServer.StartAsync();
        var line = await server.Process.WaitForLineAsync("curl -fOJ", TimeSpan.FromMinutes(1));
        var link = new Uri(line.Split('\'')[1]).PathAndQuery;
        var whole = await server.Client.GetAsync(link, TestContext.Current.CancellationToken);
        var bytes = await whole.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(bytes.Length, whole.Content.Headers.ContentLength);
        Assert.False(whole.Headers.ETag?.IsWeak);

        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { Range = new(bytes.Length / 2, null) } };
        using var rest = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal(bytes[(bytes.Length / 2)..], await rest.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Every_reader_accepts_the_archive_and_finds_the_bytes_of_the_sources()
    {
        await using var server = await EgressServer.StartAsync();
        await using var folder = new TempFolder();
        string[] keys = ["a/x.txt", "b/x.txt", "ünï/日本.txt", "photo.jpg", "empty.dat", "text.log"];
        var contents = new Dictionary<string, byte[]>();
        foreach (var (key, index) in keys.Select((key, index) => (key, index)))
        {
            contents[key] = Content.Make(index == 4 ? 0 : 70_000 * (index + 1), index, compressible: key.EndsWith(".log", StringComparison.Ordinal));
            await server.PutAsync("b", key, contents[key]);
        }

        var archive = folder["got.zip"];
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllBytesAsync(archive, await server.Client.GetByteArrayAsync(await server.CreateLinkAsync("b", keys), token), token);
        string[] names = ["x.txt", "x (2).txt", "日本.txt", "photo.jpg", "empty.dat", "text.log"];
        foreach (var reader in ZipReaders.All.Where(reader => reader != ZipReaders.JavaStream))
        {
            var unpacked = await reader.UnpackAsync(archive, null, token);
            Assert.Equal(names.Order(StringComparer.Ordinal), unpacked.Keys.Order(StringComparer.Ordinal));
            foreach (var (name, key) in names.Zip(keys))
            {
                Assert.Equal(ReadEntry.Of(contents[key]), unpacked[name]);
            }
        }
    }

    [Fact]
    public async Task Folders_are_kept_when_wanted()
    {
        await using var server = await EgressServer.StartAsync(("ENTRY_NAMES", "path"));
        await server.PutAsync("b", "a/x.txt", "1"u8.ToArray());
        await server.PutAsync("b", "b/x.txt", "2"u8.ToArray());
        using var zip = await Archive.GetAsync(server, await server.CreateLinkAsync("b", "a/x.txt", "b/x.txt"));
        Assert.Equal(["a/x.txt", "b/x.txt"], zip.Entries.Select(entry => entry.FullName));
    }

    [Fact]
    public async Task Links_carry_ids_of_all_kinds()
    {
        await using var server = await EgressServer.StartAsync(("ENFORCE_SIGNING", "true"));
        await server.PutAsync("b", "x.txt", "1"u8.ToArray());
        foreach (var id in new[] { "with space", "résumé", "a/b", "a%2Fb", "100%", "日本", "a+b", "health", "..a" })
        {
            var created = await server.RunAsync("link", "create", "--bucket", "b", "--object", "x.txt", "--id", id);
            var link = new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
            using var answer = await server.Client.GetAsync(link, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{id}: {(int)answer.StatusCode}");
        }

        var refused = await server.RunAsync("link", "create", "--bucket", "b", "--object", "x.txt", "--id", "ré|sumé");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("cannot be signed", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_start_logs_the_file_that_it_read_and_insecure_settings()
    {
        await using var folder = new TempFolder();
        await folder.WriteAsync("egress.env", "MAX_FILE_SIZE=2G\n"u8.ToArray());
        await using var server = await EgressServer.StartAsync(("CONFIG_FILE", folder["egress.env"]), ("ENFORCE_SIGNING", "false"));

        await server.Process.WaitForLineAsync($"Settings are read from {folder["egress.env"]}", TimeSpan.FromMinutes(1));
        await server.Process.WaitForLineAsync("/metrics is open to everyone", TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_embedded_default_refuses_links_without_a_signature()
    {
        await using var server = await EgressServer.StartAsync(("SIGNING_SECRET", null), ("ENFORCE_SIGNING", null));
        using var answer = await server.Client.GetAsync("/download/sample", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static async Task<string> DownloadPrintedLinkAsync(EgressServer server)
    {
        var line = await server.Process.WaitForLineAsync("curl -fOJ", TimeSpan.FromMinutes(1));
        using var zip = await Archive.GetAsync(server, new Uri(line.Split('\'')[1]).PathAndQuery);
        return string.Join('\n', zip.Entries.Select(entry => $"{entry.FullName} {entry.Crc32}"));
    }
}
