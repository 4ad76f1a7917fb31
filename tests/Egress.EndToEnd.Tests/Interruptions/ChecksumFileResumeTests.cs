using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Interruptions;

/// <summary>Tests of archives with a file of checksums that another process completes after the first process was killed.</summary>
public sealed class ChecksumFileResumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("s3")]
    [InlineData("disk")]
    public async Task A_new_process_sends_the_rest_of_the_same_archive_which_egress_and_sha256sum_accept(string storage)
    {
        await using var backends = new LocalBackends();
        await using var remote = storage == "s3" ? await RemoteServer.StartAsync("s3", ("CHECKSUM_FILE", "true")) : null;
        await using var local = remote is null
            ? await EgressServer.StartAsync([.. backends.Settings.Select(s => (s.Key, (string?)s.Value)), ("CHECKSUM_FILE", "true")])
            : null;
        var server = remote?.Server ?? local!;
        string[] keys = ["a.mp4", "b.jpg", "c.zip", "empty.jpg", "d.jpg"];
        foreach (var (key, i) in keys.Select(static (key, i) => (key, i)))
        {
            var content = Content.Make(key == "empty.jpg" ? 0 : 1_500_000 + i, i);
            await (remote?.PutAsync(key, content) ?? backends.PutAsync(key, content));
        }

        ObjectItem[] items = [.. keys.Select(static key => new ObjectItem(key))];
        var link = remote is null ? backends.Link(await backends.AddAsync(null, null, items)) : await remote.AddAsync(items);
        var url = new Uri(server.Client.BaseAddress!, link);
        await using var folder = new TempFolder();

        // The very first transfer breaks off, so that the digests of the later files are not known when the process is killed.
        var first = await BrokenDownload.MakeAsync(url, folder, "first.zip", 2_000_000, Token);
        await server.Process.KillAsync();
        await server.StartAgainAsync();
        await FinishAsync(first, url);
        var whole = await server.Client.GetByteArrayAsync(url, Token);
        Assert.Equal(whole, await File.ReadAllBytesAsync(first, Token));

        // One offset is inside the list, the other one is inside the central directory after it.
        foreach (var (cut, i) in new[] { whole.Length - 700, whole.Length - 200 }.Select(static (cut, i) => (cut, i)))
        {
            var file = await folder.WriteAsync($"{i}.zip", whole.AsMemory(0, cut));
            await server.Process.KillAsync();
            await server.StartAgainAsync();
            await FinishAsync(file, url);
            Assert.Equal(whole, await File.ReadAllBytesAsync(file, Token));
        }

        Assert.EndsWith("5 of them have the SHA-256 that the archive lists.", (await server.RunAsync("verify", first)).EnsureSuccess().Output.Trim(), StringComparison.Ordinal);
        (await Executable.Require("unzip").RunAsync("-q", first, "-d", folder["unpacked"])).EnsureSuccess();
        var check = new ExecutableRun { Arguments = ["--strict", "-c", "SHA256SUMS"], WorkingDirectory = folder["unpacked"] };
        (await Executable.Require("sha256sum").RunAsync(check, Token)).EnsureSuccess();
    }

    private static async Task FinishAsync(string file, Uri url) =>
        (await Executable.Require("curl").RunAsync("-sS", "--fail", "-C", "-", "-o", file, url.AbsoluteUri)).EnsureSuccess();
}
