using System.IO.Compression;
using System.Text;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests of the command <c>verify</c>, with complete archives, and with archives with one kind of damage each.</summary>
public sealed class VerifyCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Archives_of_Egress_are_whole_stored_compressed_and_encrypted()
    {
        await using var server = await EgressServer.StartAsync(("ALLOW_PASSWORD_PROTECTED", "true"));
        await using var folder = new TempFolder();
        await server.PutAsync("b", "a.jpg", new byte[300_000]);
        await server.PutAsync("b", "ü/b.txt", Encoding.UTF8.GetBytes(new string('x', 100_000)));
        foreach (var password in new[] { null, "secret" })
        {
            var created = (await server.RunAsync(
                ["link", "create", "--bucket", "b", "--prefix", "", .. password is null ? Array.Empty<string>() : ["--password", password]])).EnsureSuccess();
            var file = await folder.WriteAsync("a.zip", await server.Client.GetByteArrayAsync(new Uri(created.Output.Trim()).PathAndQuery, Token));
            var result = await server.RunAsync(["verify", file, .. password is null ? Array.Empty<string>() : ["--password", password]]);
            Assert.Equal((0, "The archive is whole: 2 files, 400000 bytes."), (result.ExitCode, result.Output.Trim()));
            if (password is not null)
            {
                await AssertDamagedAsync(server, file, "the file is encrypted: use --password");
                var wrong = await server.RunAsync("verify", file, "--password", "wrong");
                Assert.Equal(1, wrong.ExitCode);
            }
        }
    }

    [Fact]
    public async Task Each_kind_of_damage_is_found()
    {
        await using var server = await EgressServer.StartAsync();
        await using var folder = new TempFolder();
        var whole = Archive(("a.txt", 1000), ("b.txt", 1000));
        await AssertDamagedAsync(server, await folder.WriteAsync("cut.zip", whole.AsMemory(0, whole.Length / 2)), "cannot be read as an archive");
        await AssertDamagedAsync(server, await folder.WriteAsync("empty.zip", default), "cannot be read as an archive");
        var flipped = whole.ToArray();
        flipped[200] ^= 1;
        await AssertDamagedAsync(server, await folder.WriteAsync("flipped.zip", flipped), "a.txt: its checksum (CRC-32) is wrong");
        var renamed = whole.ToArray();
        renamed[30] = (byte)'x'; // in the name in the first local header
        await AssertDamagedAsync(server, await folder.WriteAsync("renamed.zip", renamed), "");
        await AssertDamagedAsync(server, await folder.WriteAsync("twice.zip", Archive(("a.txt", 10), ("A.TXT", 10))), "A.TXT: another file has this name");
        await AssertDamagedAsync(server, await folder.WriteAsync("unsafe.zip", Archive(("../a.txt", 10))), "../a.txt: the name is not safe to extract");
        var missing = await server.RunAsync("verify", folder["none.zip"]);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("none.zip", missing.Error + missing.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("secret")]
    public async Task A_list_of_checksums_in_the_archive_is_compared(string? password)
    {
        await using var server = await EgressServer.StartAsync(("ALLOW_PASSWORD_PROTECTED", "true"), ("CHECKSUM_FILE", "true"));
        await using var folder = new TempFolder();
        await server.PutAsync("b", "a.jpg", new byte[300_000]);
        await server.PutAsync("b", "SHA256SUMS", Encoding.UTF8.GetBytes("something else"));
        string[] option = password is null ? [] : ["--password", password];
        var created = (await server.RunAsync(["link", "create", "--bucket", "b", "--object", "a.jpg", "--object", "SHA256SUMS", .. option])).EnsureSuccess();
        var file = await folder.WriteAsync("a.zip", await server.Client.GetByteArrayAsync(new Uri(created.Output.Trim()).PathAndQuery, Token));
        var result = await server.RunAsync(["verify", file, .. option]);
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("The archive is whole: 3 files, ", result.Output, StringComparison.Ordinal);
        Assert.EndsWith(" bytes. 2 of them have the SHA-256 that the archive lists.", result.Output.Trim(), StringComparison.Ordinal);

        var without = (await server.RunAsync(["link", "create", "--bucket", "b", "--object", "a.jpg", "--checksum-file", "false", .. option])).EnsureSuccess();
        file = await folder.WriteAsync("b.zip", await server.Client.GetByteArrayAsync(new Uri(without.Output.Trim()).PathAndQuery, Token));
        Assert.Equal("The archive is whole: 1 files, 300000 bytes.", (await server.RunAsync(["verify", file, .. option])).Output.Trim());
    }

    [Fact]
    public async Task A_file_that_differs_from_the_list_or_is_missing_is_found_and_a_list_of_other_files_is_a_file()
    {
        await using var server = await EgressServer.StartAsync();
        await using var folder = new TempFolder();
        var (a, b) = (Digest("a"), Digest("b"));
        var cases = new (string List, string? Fault)[]
        {
            ($"{a}  a\n{b} *b\n", null),
            ($"{a}  ./a\n{b.ToUpperInvariant()}  b\n", null),
            ($"{a}  a\n\\{b}  b\n", null),
            ($"{b}  a\n{b}  b\n", "a: its SHA-256 is not the one in SHA256SUMS"),
            ($"{a}  a\n{b}  b\n{b}  c\n", "c: SHA256SUMS lists this file, and the archive does not have it"),
            ($"{a}  a\n\\{b}  x\\ny\\\\z\n", "y\\z: SHA256SUMS lists this file"),
            ($"{a}  other/a\n", null),
            ("a list of something\n", null),
        };
        foreach (var ((list, fault), i) in cases.Select(static (item, i) => (item, i)))
        {
            var file = await folder.WriteAsync($"{i}.zip", Archive(("a", "a"), ("b", "b"), ("SHA256SUMS", list)));
            if (fault is null)
            {
                Assert.Equal((i, 0), (i, (await server.RunAsync("verify", file)).ExitCode));
            }
            else
            {
                await AssertDamagedAsync(server, file, fault);
            }
        }
    }

    private static string Digest(string content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static async Task AssertDamagedAsync(EgressServer server, string file, string words)
    {
        var result = await server.RunAsync("verify", file);
        Assert.True(result.ExitCode == 1, $"{file}: {result.Output}");
        Assert.Contains(words, result.Output, StringComparison.Ordinal);
        Assert.Contains("The archive is damaged", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static byte[] Archive(params (string Name, int Size)[] files) => Archive([.. files.Select(static file => (file.Name, new string('\0', file.Size)))]);

    private static byte[] Archive(params (string Name, string Content)[] files)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                using var content = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return memory.ToArray();
    }
}
