using System.Text;
using CsCheck;
using Egress.Zip.Names;
using Xunit;

namespace Egress.Core.Tests.Zip.Names;

public sealed class EntryNamesTests
{
    private static readonly string[] Windows = ["CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM²", "CONIN$"];

    [Theory]
    [InlineData("a.txt", "a.txt")]
    [InlineData("dir/sub/ünï 日本.txt", "dir/sub/ünï 日本.txt")]
    [InlineData("../../etc/passwd", "etc/passwd")]
    [InlineData("/etc/passwd", "etc/passwd")]
    [InlineData("a/./b//c/", "a/b/c")]
    [InlineData(@"C:\Windows\system32\a.dll", "Windows/system32/a.dll")]
    [InlineData(@"c:evil.txt", "evil.txt")]
    [InlineData(@"/C:/x", "x")]
    [InlineData(@"\\server\share\x", "server/share/x")]
    [InlineData(@"..\..\x", "x")]
    [InlineData("ab:stream", "ab_stream")]
    [InlineData("file.txt:stream", "file.txt_stream")]
    [InlineData("nul\0.txt", "nul_.txt")]
    [InlineData("a\r\nb", "a__b")]
    [InlineData("fdp\u061C.exe", "fdp_.exe")]
    [InlineData("q?*<>|\".txt", "q______.txt")]
    [InlineData("name. . .", "name")]
    [InlineData("... /x", "_/x")]
    [InlineData("con", "_con")]
    [InlineData("NUL.tar.gz", "_NUL.tar.gz")]
    [InlineData("Com1 .txt", "_Com1 .txt")]
    [InlineData("lpt³/a", "_lpt³/a")]
    [InlineData("console", "console")]
    [InlineData("exe\u202Etxt.doc", "exe_txt.doc")]
    [InlineData("😀.txt", "😀.txt")]
    [InlineData("", "_")]
    [InlineData("..", "_")]
    [InlineData("/", "_")]
    [InlineData("C:", "_")]
    public void Names_are_made_safe(string path, string expected) => Assert.Equal(expected, EntryNames.MakeSafe(path));

    /// <remarks>This is not a row of the table above, because an attribute cannot contain half of a surrogate pair.</remarks>
    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("lone_.txt", EntryNames.MakeSafe("lone\uD800.txt"));

    [Fact]
    public void A_long_part_is_cut_at_a_character_and_keeps_its_extension()
    {
        var safe = EntryNames.MakeSafe(new string('日', 200) + ".jpeg");

        Assert.Equal(new string('日', 83) + ".jpeg", safe);
        Assert.InRange(Encoding.UTF8.GetByteCount(safe), 252, 255);
    }

    [Fact]
    public void A_path_that_is_too_long_keeps_its_last_parts()
    {
        var safe = EntryNames.MakeSafe(string.Concat(Enumerable.Repeat("folder/", 10_000)) + "file.txt");

        Assert.EndsWith("folder/file.txt", safe, StringComparison.Ordinal);
        Assert.InRange(safe.Length, 1_000, 1_024);
    }

    [Fact]
    public void A_safe_name_is_not_copied()
    {
        var name = string.Concat("folder/", "file.txt");

        Assert.Same(name, EntryNames.MakeSafe(name));
    }

    [Fact]
    public void Any_name_becomes_safe_and_stays_unchanged_the_second_time()
    {
        var parts = Gen.OneOf(
            Gen.String,
            Gen.OneOf("..", ".", "/", "\\", "C:", " ", ".", "con", "AUX", "com1", "\0", "\uD83D", "日", "a", ".txt", "/../", "\u202E"),
            Gen.String[Gen.Char['a', 'z'], 200, 300],
            Gen.OneOf(Windows));
        Gen.Select(parts.Array[0, 12], string.Concat).Sample(
            path =>
            {
                var safe = EntryNames.MakeSafe(path);
                AssertSafe(safe);
                Assert.Equal(safe, EntryNames.MakeSafe("/" + path)); // the fast path does not accept a leading slash
                return EntryNames.MakeSafe(safe) == safe;
            },
            iter: 5_000);
    }

    internal static void AssertSafe(string name)
    {
        Assert.InRange(Encoding.UTF8.GetByteCount(name), 1, 1_024);
        Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
        Assert.DoesNotContain(name, letter => "\\:*?\"<>|".Contains(letter));
        Assert.DoesNotContain(name, char.IsControl);
        foreach (var segment in name.Split('/'))
        {
            Assert.True(segment is not ("" or "." or ".."), name);
            Assert.False(segment[^1] is '.' or ' ', name);
            Assert.DoesNotContain(segment.Split('.')[0].TrimEnd(), Windows, StringComparer.OrdinalIgnoreCase);
            Assert.InRange(Encoding.UTF8.GetByteCount(segment), 1, 255);
        }
    }
}
