using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Egress.Records;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of archives that contain a file of checksums. The tests of each host inherit this class.</summary>
public abstract class ChecksumFileContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Fact]
    public async Task Unpacked_files_pass_sha256sum_and_changed_files_do_not()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("sums/ü b.jpg", Bytes(200_000));
        await backends.PutAsync("sums/a.txt", new byte[200_000]);
        await backends.PutAsync("sums/SHA256SUMS", Bytes(5));
        var id = await backends.AddWithChecksumFileAsync(
            new PrefixItem("sums/"), new ObjectItem("sums/a.txt") { Name = "line\nbreak.txt" }, new ObjectItem("sums/a.txt") { Name = "back\\slash.txt" },
            new ObjectItem("sums/a.txt") { Name = "-" }, new FolderItem("empty"));
        await using var folder = new TempFolder();
        await UnpackAsync(await client.GetByteArrayAsync(backends.Link(id), Token), folder);

        var result = await CheckAsync(folder, "SHA256SUMS (2)");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            ["./-: OK", "SHA256SUMS: OK", "a.txt: OK", "back/slash.txt: OK", "line_break.txt: OK", "ü b.jpg: OK"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        await File.WriteAllBytesAsync(folder["unpacked/a.txt"], Bytes(200_000), Token);
        result = await CheckAsync(folder, "SHA256SUMS (2)");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("a.txt: FAILED", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_length_is_exact_and_a_resume_at_every_border_gives_the_same_bytes()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("borders/a.jpg", Bytes(70_000));
        await backends.PutAsync("borders/b.jpg", Bytes(3));
        var link = backends.Link(await backends.AddWithChecksumFileAsync(new PrefixItem("borders/")));
        using var whole = await client.GetAsync(link, Token);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(whole.Content.Headers.ContentLength, bytes.Length);
        Assert.Equal(["a.jpg", "b.jpg", "SHA256SUMS"], new ZipArchive(new MemoryStream(bytes)).Entries.Select(static entry => entry.FullName));

        // The offsets of the signatures with which the parts of an archive begin. Random bytes that look like a signature only add an offset.
        int[] borders = [.. Enumerable.Range(1, bytes.Length - 5).Where(i => bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] < 16), bytes.Length - 1];
        Assert.InRange(borders.Length, 7, 40);
        foreach (var from in borders.SelectMany(static border => new[] { border - 1, border, border + 35 }).Where(from => from < bytes.Length))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Range = new RangeHeaderValue(from, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(whole.Headers.ETag!);
            using var rest = await client.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
            var received = await rest.Content.ReadAsByteArrayAsync(Token);
            Assert.True(bytes.AsSpan(from).SequenceEqual(received), $"from {from}");
        }
    }

    [Fact]
    public async Task A_selection_passes_sha256sum_and_a_file_alone_has_no_list()
    {
        var (client, backends) = await HostAsync();
        foreach (var key in new[] { "a.jpg", "b.txt", "c.jpg" })
        {
            await backends.PutAsync($"part/{key}", Bytes(1000 + key[0]));
        }

        var link = backends.Link(await backends.AddWithChecksumFileAsync(new PrefixItem("part/")));
        await using var folder = new TempFolder();
        await UnpackAsync(await client.GetByteArrayAsync($"{link}&files=2-3", Token), folder);
        var result = await CheckAsync(folder, "SHA256SUMS");
        Assert.Equal((0, "b.txt: OK\nc.jpg: OK\n"), (result.ExitCode, result.Output));

        Assert.Equal(Bytes(1000 + 'c'), await client.GetByteArrayAsync(link.Replace("?", "/files/3?", StringComparison.Ordinal), Token));
        using var none = await client.GetAsync(link.Replace("?", "/files/4?", StringComparison.Ordinal), Token);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task UnpackAsync(byte[] archive, TempFolder folder)
    {
        var file = await folder.WriteAsync("archive.zip", archive);
        (await Executable.Require("unzip").RunAsync(Run("-q", file, "-d", folder["unpacked"]), Token)).EnsureSuccess();
    }

    private static Task<ExecutableResult> CheckAsync(TempFolder folder, string list) =>
        Executable.Require("sha256sum").RunAsync(Run("--strict", "-c", list) with { WorkingDirectory = folder["unpacked"] }, Token);

    private static ExecutableRun Run(params string[] arguments) =>
        new() { Arguments = arguments, Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" } };

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
