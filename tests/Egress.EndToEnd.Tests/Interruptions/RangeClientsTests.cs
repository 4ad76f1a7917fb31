using System.Text.Json;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Interruptions;

/// <summary>Tests with programs that read an archive in ranges. They check the results, and the server's reads from the storage.</summary>
public sealed class RangeClientsTests : IAsyncLifetime
{
    private const int Size = 64 << 20;

    /// <summary>The most bytes of an archive of one file in addition to the file's content: headers, a data descriptor and a directory record.</summary>
    private const int Framing = 1000;

    /// <summary>
    /// A Python program that opens an archive through range requests. It prints the content of a file, and the number of requests and bytes.
    /// </summary>
    private const string RemoteZip =
        """
        import hashlib, io, json, sys, urllib.request, zipfile

        class Ranges(io.RawIOBase):
            requests, received, place = 0, 0, 0

            def __init__(self, url):
                self.url = url
                with urllib.request.urlopen(urllib.request.Request(url, method='HEAD')) as head:
                    self.length, self.etag = int(head.headers['Content-Length']), head.headers['ETag']

            def seekable(self): return True
            def readable(self): return True
            def tell(self): return self.place

            def seek(self, offset, whence=0):
                self.place = offset + (0, self.place, self.length)[whence]
                return self.place

            def readinto(self, buffer):
                last = min(self.place + len(buffer), self.length) - 1
                if last < self.place:
                    return 0
                headers = {'Range': f'bytes={self.place}-{last}', 'If-Range': self.etag}
                with urllib.request.urlopen(urllib.request.Request(self.url, headers=headers)) as part:
                    assert part.status == 206
                    got = part.read()
                buffer[:len(got)] = got
                self.requests, self.received, self.place = self.requests + 1, self.received + len(got), self.place + len(got)
                return len(got)

        ranges = Ranges(sys.argv[1])
        with zipfile.ZipFile(io.BufferedReader(ranges, 65536)) as archive:
            content = archive.read(sys.argv[2])
            print(json.dumps([len(archive.namelist()), hashlib.sha256(content).hexdigest().upper(), ranges.requests, ranges.received]))
        """;

    private readonly LocalBackends _backends = new();
    private readonly TempFolder _folder = new();
    private EgressServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await EgressServer.StartAsync(
        [.. _backends.Settings.Select(static s => (s.Key, (string?)s.Value)), ("MAX_ACTIVE_DOWNLOADS", "0")]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _folder.DisposeAsync();
        await _backends.DisposeAsync();
    }

    [Theory]
    [InlineData("16")]
    [InlineData("4")]
    public async Task Aria2_over_many_connections_gets_the_archive_and_the_storage_is_read_at_most_twice(string connections)
    {
        var (link, length) = await LargeAsync();
        var before = await Scrape.ReadAsync(_server.Client, Token);
        (await Executable.Require("aria2c").RunAsync(
            "--quiet", $"-x{connections}", $"-s{connections}", "-k1M", "--allow-overwrite=true", "--file-allocation=none", "-d", _folder.Path, "-o", "aria2.zip", Url(link))).EnsureSuccess();

        // To compute the checksum, the connection that requests the end of the file reads the pieces that no other connection has read yet. Each
        // piece is requested once, and aria2 may end a range early.
        var change = await EndedAsync(before);
        Assert.InRange(change["egress_incoming_bytes_sum"], Size, 2 * Size);
        Assert.InRange(change["egress_incoming_bytes_count"], 2, 64);
        await AssertArchiveAsync(link, await File.ReadAllBytesAsync(_folder["aria2.zip"], Token));
    }

    /// <summary>
    /// A table of cases: the order of eight ranges, and how many of them are read twice because they are requested after the last range of the file.
    /// </summary>
    [Theory]
    [InlineData("74218365", 3)]
    [InlineData("81234567", 7)]
    [InlineData("31526478", 0)]
    [InlineData("12345678", 0)]
    public async Task Curl_in_any_order_of_ranges_gets_the_archive_and_reads_what_comes_after_the_last_range_twice(string order, int twice)
    {
        var (link, length) = await LargeAsync();
        var before = await Scrape.ReadAsync(_server.Client, Token);
        var archive = new byte[length];
        for (var i = 0; i < order.Length; i++)
        {
            var part = order[i] - '1';
            var (from, to) = (length * part / 8, length * (part + 1) / 8);
            var got = await Executable.Require("curl").RunAsync("-sS", "--fail", "--range", $"{from}-{to - 1}", Url(link));
            got.EnsureSuccess().OutputBytes.CopyTo(archive, from);
            await Scrape.UntilAsync(_server.Client, "egress_incoming_bytes_count", before.GetValueOrDefault("egress_incoming_bytes_count") + i + 1, Token);
        }

        var change = await EndedAsync(before);
        var read = Size + ((long)twice * Size / 8);
        Assert.InRange(change["egress_incoming_bytes_sum"], read - Framing, read + Framing);
        await AssertArchiveAsync(link, archive);
    }

    [Fact]
    public async Task Curl_over_eight_connections_at_once_gets_the_archive()
    {
        var (link, length) = await LargeAsync();
        var before = await Scrape.ReadAsync(_server.Client, Token);
        var parts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Executable.Require("curl").RunAsync(
            "-sS", "--fail", "--range", $"{length * i / 8}-{(length * (i + 1) / 8) - 1}", Url(link))));
        Assert.InRange((await EndedAsync(before))["egress_incoming_bytes_sum"], Size - Framing, 2 * Size);
        await AssertArchiveAsync(link, [.. parts.SelectMany(static part => part.EnsureSuccess().OutputBytes)]);
    }

    [Fact]
    public async Task Python_takes_one_file_out_of_ten_thousand_over_ranges_and_the_second_time_only_that_file_is_read()
    {
        const int count = 10_000, size = 70_000;
        for (var i = 0; i < count; i++)
        {
            await _backends.PutSparseAsync($"p/{i:d5}.jpg", size);
        }

        var wanted = Content.Make(size, 1);
        await _backends.PutAsync("p/05000.jpg", wanted);
        var link = _backends.Link(await _backends.AddAsync(null, "many", [.. Enumerable.Range(0, count).Select(static i => new ObjectItem($"p/{i:d5}.jpg"))]));
        foreach (var most in (long[])[(count + 3L) * size, 3 * size])
        {
            var before = await Scrape.ReadAsync(_server.Client, Token);
            var printed = await Executable.Require("python3").RunAsync("-c", RemoteZip, Url(link), "05000.jpg");
            var got = JsonElement.Parse(printed.EnsureSuccess().Output);
            Assert.Equal((count, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(wanted))), (got[0].GetInt32(), got[1].GetString()));

            // The program reads the end record, the central directory, a local header and the content. The central directory needs the checksums of
            // all files, which are computed once.
            Assert.InRange(got[2].GetInt32(), 3, 40);
            Assert.InRange(got[3].GetInt64(), size, 1_500_000);
            var after = await Scrape.UntilAsync(
                _server.Client, "egress_incoming_bytes_count", before.GetValueOrDefault("egress_incoming_bytes_count") + got[2].GetInt32(), Token);
            Assert.InRange(Scrape.Change(before, after)["egress_incoming_bytes_sum"], size, most);
        }
    }

    private string Url(string link) => new Uri(_server.Client.BaseAddress!, link).AbsoluteUri;

    private async Task<(string Link, long Length)> LargeAsync()
    {
        await _backends.PutAsync("large.mp4", Content.Make(Size, 1));
        var link = _backends.Link(await _backends.AddAsync(null, "large", [new ObjectItem("large.mp4")]));
        using var head = await _server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        return (link, head.Content.Headers.ContentLength!.Value);
    }

    /// <summary>Compares an archive with the complete download. That download is made last, so that the server has no checksums before.</summary>
    private async Task AssertArchiveAsync(string link, byte[] archive) =>
        Assert.True((await _server.Client.GetByteArrayAsync(link, Token)).AsSpan().SequenceEqual(archive));

    /// <summary>Waits until no download is active, then returns the counters that grew.</summary>
    private async Task<IReadOnlyDictionary<string, double>> EndedAsync(IReadOnlyDictionary<string, double> before)
    {
        var after = await Scrape.UntilAsync(_server.Client, static shown => shown.GetValueOrDefault("egress_active_downloads") == 0, "no download is active", Token);
        return Scrape.Change(before, after);
    }
}
