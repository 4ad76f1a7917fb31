using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip.Encryption;

public sealed class EncryptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Readers() => [.. ZipReaders.All.Where(reader => reader.ReadsEncrypted).Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task A_wrong_password_is_refused(string readerName)
    {
        await using var folder = new TempFolder();
        var entry = new ZipEntry { Name = "a.txt", Method = ZipMethod.Stored, Size = 1_000 };
        var archive = await Archives.WriteAsync(new ZipOptions { Password = "right" }, [(entry, Archives.Content(1_000, true))], Token);
        var path = await folder.WriteAsync("a.zip", archive);

        await Assert.ThrowsAsync<ArchiveRefusedException>(
            () => ZipReaders.All.Single(reader => reader.Name == readerName).UnpackAsync(path, "wrong", Token));
    }

    [Fact]
    public async Task A_changed_byte_is_refused()
    {
        await using var folder = new TempFolder();
        var entry = new ZipEntry { Name = "a.txt", Method = ZipMethod.Stored, Size = 1_000 };
        var archive = await Archives.WriteAsync(new ZipOptions { Password = "right" }, [(entry, Archives.Content(1_000, true))], Token);
        archive[500] ^= 1;
        var path = await folder.WriteAsync("a.zip", archive);

        await Assert.ThrowsAsync<ArchiveRefusedException>(() => ZipReaders.SevenZip.UnpackAsync(path, "right", Token));
    }

    [Fact]
    public async Task The_length_is_exact_and_no_salt_comes_twice()
    {
        var options = new ZipOptions { Password = "secret" };
        var entries = Enumerable.Range(0, 200)
            .Select(i => (new ZipEntry { Name = $"{i:d3}", Method = ZipMethod.Stored, Size = i }, Archives.Content(i, false, i))).ToList();

        var archive = await Archives.WriteAsync(options, entries, Token);

        Assert.Equal(ArchiveLayout.Create([.. entries.Select(entry => entry.Item1)], options).Length, archive.Length);
        var salts = new HashSet<string>();
        var offset = 0;
        foreach (var (entry, content) in entries)
        {
            offset += 30 + 3 + 11;
            Assert.True(salts.Add(Convert.ToHexString(archive, offset, 16)), entry.Name);
            offset += content.Length + 28;
        }

        Assert.Equal(0x02014B50u, BitConverter.ToUInt32(archive, offset));
    }

    [Fact]
    public async Task Encryption_hides_the_content()
    {
        var content = Archives.Content(100_000, true);
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = content.Length, Crc32 = ReadEntry.Of(content).Crc32 };

        var first = await Archives.WriteAsync(new ZipOptions { Password = "secret" }, [(entry, content)], Token);
        var second = await Archives.WriteAsync(new ZipOptions { Password = "secret" }, [(entry, content)], Token);

        Assert.Equal(-1, first.AsSpan().IndexOf(content.AsSpan(5_000, 16)));
        Assert.Equal(-1, first.AsSpan().IndexOf(BitConverter.GetBytes(entry.Crc32.Value)));
        Assert.NotEqual(first.AsSpan(60, 1_000).ToArray(), second.AsSpan(60, 1_000).ToArray());
    }

    [Fact]
    public async Task A_mismatch_is_detected_under_encryption()
    {
        using var target = new MemoryStream();
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 10, Crc32 = 1 };

        await Assert.ThrowsAsync<ZipEntryMismatchException>(
            () => Archives.WriteAsync(target, new ZipOptions { Password = "x" }, [(entry, new MemoryStream(new byte[10]))], Token));
    }
}
