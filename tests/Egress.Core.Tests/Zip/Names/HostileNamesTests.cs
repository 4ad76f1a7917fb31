using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Names;
using Xunit;

namespace Egress.Core.Tests.Zip.Names;

/// <summary>Tests that ZIP readers unpack every entry inside the target folder and under its name in the archive, for any names in a record.</summary>
public sealed class HostileNamesTests
{
    private static readonly string[] Names =
    [
        "../../outside", "/etc/passwd", @"C:\Windows\x.dll", @"..\..\outside", "nul", "nul", "NUL.txt", "a\0b", "a\r\nb", "trailing. .", "-rf", "--help",
        "~/.bashrc", "$(touch x)", "%TEMP%", "a*b?", "\u202Etxt.exe", "ünï/日本.txt", "ÜNÏ/日本.TXT", "😀", "half\uD800", new string('日', 500) + ".txt",
        string.Concat(Enumerable.Repeat("deep/", 14_000)), "file", "file/child", "FILE/child", "file", "", ".", "..", "a//b", "a/./b",
    ];

    public static TheoryData<string> Readers() => [.. ZipReaders.All.Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Names_unpack_as_they_are(string readerName)
    {
        var unique = new UniqueEntryNames();
        var entries = Names.Select((name, i) => (
            new ZipEntry { Name = unique.Reserve(EntryNames.MakeSafe(name)), Method = ZipMethod.Stored, Size = 4 }, BitConverter.GetBytes(i))).ToList();
        await using var folder = new TempFolder();
        var path = await folder.WriteAsync("a.zip", await Archives.WriteAsync(new ZipOptions(), entries, TestContext.Current.CancellationToken));

        var found = await ZipReaders.All.Single(reader => reader.Name == readerName).UnpackAsync(path, null, TestContext.Current.CancellationToken);

        Assert.Equal(
            entries.Select(entry => (entry.Item1.Name, ReadEntry.Of(entry.Item2))).OrderBy(entry => entry.Name, StringComparer.Ordinal),
            found.Select(entry => (entry.Key, entry.Value)).OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }
}
