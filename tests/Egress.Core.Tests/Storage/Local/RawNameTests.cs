using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Local.Files;
using Xunit;

namespace Egress.Core.Tests.Storage.Local;

/// <summary>Tests with file names that are not UTF-8.</summary>
public sealed class RawNameTests : IDisposable
{
    private const int CreateForWriting = 0x41;

    /// <summary>Parts of the encodings of characters of two, three and four bytes, and of a surrogate.</summary>
    private static readonly byte[] Pieces = [0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0x80, 0xED, 0xA0, 0xF0, 0x9F, 0x98, (byte)'a'];

    private readonly LocalFolder _folder = new();

    /// <summary>Deletes the folder with a program, because the base class library cannot delete a file whose name is not UTF-8.</summary>
    public void Dispose()
    {
        using (var remove = Process.Start("rm", ["-rf", _folder.Root]))
        {
            remove.WaitForExit();
        }

        _folder.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static byte[] Latin1(string name) => Encoding.Latin1.GetBytes(name);

    private void WriteRaw(byte[] path, string content)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have names of Unicode.");
        using var handle = open([.. Encoding.UTF8.GetBytes(_folder.Root + "/"), .. path, 0], CreateForWriting, 0x1B6);
        Assert.False(handle.IsInvalid);
        RandomAccess.Write(handle, Encoding.UTF8.GetBytes(content), 0);
    }

    [Fact]
    public async Task Files_and_folders_whose_names_are_not_utf8_are_listed_and_can_be_opened()
    {
        _folder.Write("inv/a.txt", "a");
        _folder.Write("inv/\uFFFD.txt", "a replacement character");
        WriteRaw(Latin1("inv/R\u00E9sum\u00E9.pdf"), "latin");
        WriteRaw([.. "inv/cut-"u8, 0xE2, 0x82], "cut");
        Assert.Equal(0, mkdir([.. Encoding.UTF8.GetBytes(_folder.Root + "/inv/"), 0xFF, 0], 0x1FF));
        WriteRaw([.. "inv/"u8, 0xFF, .. "/ok.txt"u8], "below");
        WriteRaw([.. "inv/"u8, 0xFF, .. "/"u8, 0x80, .. ".txt"u8], "both");
        var storage = _folder.Open(portable: false);

        var found = await storage.ListAsync(new ObjectPrefix("", "inv/"), Stop).ToListAsync(Stop);

        var contents = new List<(string Name, string Content)>();
        foreach (var file in found)
        {
            Assert.Equal(file, await storage.LookUpAsync(file.Location, Stop));
            await using var opened = await storage.OpenAsync(file.Location, new ObjectRange(IfMatch: file.ETag), Stop);
            contents.Add((ObjectKey.Readable(file.Location.Key), await new StreamReader(opened!.Content).ReadToEndAsync(Stop)));
        }

        Assert.Equal(
            [
                ("inv/\u00FF/\u0080.txt", "both"), ("inv/\u00FF/ok.txt", "below"), ("inv/R\u00E9sum\u00E9.pdf", "latin"), ("inv/a.txt", "a"),
                ("inv/cut-\u00E2\u0082", "cut"), ("inv/\uFFFD.txt", "a replacement character"),
            ],
            contents);
        Assert.Equal(
            found.Select(file => file.Location.Key).Where(key => key.StartsWith("inv/\0", StringComparison.Ordinal)),
            await storage.ListAsync(new ObjectPrefix("", "inv/\0\u00FF"), Stop).Select(file => file.Location.Key).ToListAsync(Stop));
    }

    [Fact]
    public async Task The_portable_implementation_refuses_a_listing_with_a_name_that_it_cannot_open()
    {
        WriteRaw(Latin1("R\u00E9sum\u00E9.pdf"), "x");
        var refusal = await Assert.ThrowsAsync<BackendException>(
            async () => await _folder.Open(portable: true).ListAsync(new ObjectPrefix("", ""), Stop).ToListAsync(Stop));
        Assert.Equal(BackendFault.Unavailable, refusal.Fault);
    }

    [Fact]
    public async Task A_link_with_such_a_name_is_followed_inside_the_root()
    {
        WriteRaw(Latin1("\u00E9.txt"), "content");
        Assert.Equal(0, symlink([0xE9, .. ".txt"u8, 0], [.. Encoding.UTF8.GetBytes(_folder.Root + "/link-"), 0xE8, 0]));
        var storage = _folder.Open(portable: false);
        var found = await storage.ListAsync(new ObjectPrefix("", "link"), Stop).SingleAsync(Stop);
        Assert.Equal("link-\0\u00E8", found.Location.Key);
        Assert.Equal(7, found.Size);
    }

    /// <summary>Every file name, with any bytes, can be converted to text and back without loss.</summary>
    [Fact]
    public void Every_name_is_a_text_that_stands_for_it_alone() =>
        Gen.OneOf(Gen.Byte[1, 255], Gen.Int[0, Pieces.Length - 1].Select(index => Pieces[index])).Array[1, 40].Sample(
            name =>
            {
                var text = RawName.FromBytes(name);
                var room = new byte[(3 * text.Length) + 1];
                return RawName.IsValid(text) && RawName.TryWrite(text, room) && name.Append((byte)0).SequenceEqual(room.Take(name.Length + 1));
            },
            iter: 10_000);

    [Theory]
    [InlineData("a\0", false)]
    [InlineData("\0\0", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\0\u007F", false)]
    [InlineData("a\0\u0100", false)]
    [InlineData("a\0\u0080", true)]
    [InlineData("\0\u00FF\0\u00FFb", true)]
    [InlineData("\u00FF\uFFFD\uE000", true)]
    public void Zero_is_valid_only_before_an_escaped_byte(string path, bool expected) => Assert.Equal(expected, RawName.IsValid(path));

    [Theory]
    [InlineData(4, true)]
    [InlineData(3, false)]
    [InlineData(0, false)]
    public void A_path_is_not_cut(int room, bool expected)
    {
        Assert.Equal(expected, RawName.TryWrite("abc", new byte[room]));
        Assert.Equal(expected, RawName.TryWrite("a\0\u0080\0\u0080", new byte[room]));
    }

    [DllImport("libc")]
    private static extern Microsoft.Win32.SafeHandles.SafeFileHandle open(byte[] path, int flags, int mode);

    [DllImport("libc")]
    private static extern int mkdir(byte[] path, uint mode);

    [DllImport("libc")]
    private static extern int symlink(byte[] target, byte[] path);
}
