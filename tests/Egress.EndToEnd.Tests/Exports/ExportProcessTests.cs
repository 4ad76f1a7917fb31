using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.EndToEnd.Tests.Exports;

/// <summary>Tests exports by several processes with one queue, and by the command line.</summary>
public sealed class ExportProcessTests
{
    private const string Key = "admin-secret-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_continues_when_one_of_its_servers_is_killed()
    {
        await using var folder = new TempFolder();
        await using var backends = await LocalBackends.CreateAsync();
        await backends.PutSparseAsync("big.jpg", 300L << 20);
        var record = await backends.AddAsync(null, null, new ObjectItem("big.jpg"));
        await using var first = await StartAsync(backends, folder.Path);
        await using var second = await StartAsync(backends, folder.Path);

        first.Client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        using var accepted = await first.Client.PostAsJsonAsync("/exports", new { id = record, key = "big.zip" }, Token);
        var address = accepted.EnsureSuccessStatusCode().Headers.Location!;
        await StateAsync(second, address, static state => state.GetProperty("parts_done").GetInt32() > 2);
        await first.Process.KillAsync();
        await using var third = await StartAsync(backends, folder.Path); // opening the queue makes the messages of the killed server visible again

        var state = await StateAsync(third, address, static state => state.GetProperty("state").GetString() is not ("queued" or "running"));
        Assert.Equal("completed", state.GetProperty("state").GetString());
        await using var exported = File.OpenRead(Path.Combine(backends.Exports, "big.zip"));
        await using var downloaded = await second.Client.GetStreamAsync(backends.Link(record), Token);
        Assert.Equal(await SHA256.HashDataAsync(downloaded, Token), await SHA256.HashDataAsync(exported, Token));
        Assert.Equal(["big.zip"], Directory.GetFiles(backends.Exports).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_command_line_exports_with_and_without_a_server()
    {
        await using var folder = new TempFolder();
        await using var backends = await LocalBackends.CreateAsync();
        await backends.PutAsync("a.jpg", new byte[1000]);
        var record = await backends.AddAsync(null, null, new ObjectItem("a.jpg"));
        await using var server = await StartAsync(backends, folder.Path);
        var asked = await server.RunAsync("export", record, "--to", "exports/asked.zip", "--server", server.Client.BaseAddress!.AbsoluteUri, "--api-key", Key);
        Assert.Equal((0, $"exports/asked.zip: {new FileInfo(Path.Combine(backends.Exports, "asked.zip")).Length} bytes, 1 files, 0 left out."), (asked.ExitCode, asked.Output.Trim()));

        await server.Process.KillAsync();
        var alone = await server.RunAsync("export", record, "--to", "exports/alone.zip", "--json");
        Assert.Equal((0, "completed"), (alone.ExitCode, JsonDocument.Parse(alone.Output).RootElement.GetProperty("state").GetString()));
        var refused = await server.RunAsync("export", record, "--to", "exports/alone.zip");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("There is an object with this key", refused.Error, StringComparison.Ordinal);
        var malformed = await server.RunAsync("export", record, "--to", "exports");
        Assert.Equal((1, "--to must be a bucket, a slash and a key."), (malformed.ExitCode, malformed.Error.Trim()));
    }

    private static Task<EgressServer> StartAsync(LocalBackends backends, string folder) => EgressServer.StartAsync(
        [
            .. backends.Settings.Select(static setting => (setting.Key, (string?)setting.Value)),
            ("DATA_DIR", folder), ("ADMIN_API_KEY", Key), ("EXPORT_BUCKETS", "exports"), ("EXPORT_PART_SIZE", "5M"),
        ]);

    private static Task<JsonElement> StateAsync(EgressServer server, Uri address, Func<JsonElement, bool> wanted) => Eventually.UntilAsync(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "X-Api-Key", Key } } };
            using var answer = await server.Client.SendAsync(request, Token);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        },
        wanted, "the export goes on", static state => state.ToString(), Token);
}
