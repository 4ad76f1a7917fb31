using System.IO.Compression;
using System.Text;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary><c>verify</c>: archives that are whole, and archives that are damaged in one way each.</summary>
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
        renamed[30] = (byte)'x'; // the name in the first local header
        await AssertDamagedAsync(server, await folder.WriteAsync("renamed.zip", renamed), "");
        await AssertDamagedAsync(server, await folder.WriteAsync("twice.zip", Archive(("a.txt", 10), ("A.TXT", 10))), "A.TXT: another file has this name");
        await AssertDamagedAsync(server, await folder.WriteAsync("unsafe.zip", Archive(("../a.txt", 10))), "../a.txt: the name is not safe to extract");
        var missing = await server.RunAsync("verify", folder["none.zip"]);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("none.zip", missing.Error + missing.Output, StringComparison.Ordinal);
    }

    private static async Task AssertDamagedAsync(EgressServer server, string file, string words)
    {
        var result = await server.RunAsync("verify", file);
        Assert.True(result.ExitCode == 1, $"{file}: {result.Output}");
        Assert.Contains(words, result.Output, StringComparison.Ordinal);
        Assert.Contains("The archive is damaged", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static byte[] Archive(params (string Name, int Size)[] files)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, size) in files)
            {
                using var content = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                content.Write(new byte[size]);
            }
        }

        return memory.ToArray();
    }
}
