using System.IO.Hashing;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Zip;

/// <summary>Tests that independent readers accept every kind of entry.</summary>
public sealed class ZipReadersTests
{
    private static readonly DateTimeOffset Time = new(2024, 2, 29, 23, 59, 58, TimeSpan.Zero);

    public enum Zip64Place
    {
        None,
        Sizes,
        Offsets,
        Directory,
    }

    public static TheoryData<string, Zip64Place, bool> Cases()
    {
        var cases = new TheoryData<string, Zip64Place, bool>();
        foreach (var reader in ZipReaders.All)
        {
            foreach (var place in Enum.GetValues<Zip64Place>())
            {
                // ZipInputStream refuses ZIP64 sizes of small entries, which do not exist with the real limits.
                if (reader != ZipReaders.JavaStream || place != Zip64Place.Sizes)
                {
                    cases.Add(reader.Name, place, false);
                }

                if (reader.ReadsEncrypted)
                {
                    cases.Add(reader.Name, place, true);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_kind_of_entry_can_be_read(string readerName, Zip64Place place, bool encrypted)
    {
        var reader = ZipReaders.All.Single(reader => reader.Name == readerName);
        var options = new ZipOptions { Password = encrypted ? "pässwörd ключ" : null, Zip64 = Limits(place) };
        var entries = Matrix(reader == ZipReaders.JavaStream).ToList();
        await using var folder = new TempFolder();
        var path = await folder.WriteAsync("archive.zip", await Archives.WriteAsync(options, entries, TestContext.Current.CancellationToken));

        var found = await reader.UnpackAsync(path, options.Password, TestContext.Current.CancellationToken);

        Assert.Equal(
            entries.ToDictionary(entry => entry.Entry.Name, entry => ReadEntry.Of(entry.Content)).OrderBy(entry => entry.Key, StringComparer.Ordinal),
            found.OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }

    private static Zip64Limits Limits(Zip64Place place) => place switch
    {
        Zip64Place.Sizes => new(60, ushort.MaxValue),
        Zip64Place.Offsets => new(400_000, ushort.MaxValue),
        Zip64Place.Directory => Zip64Limits.Default with { Entries = 7 },
        _ => Zip64Limits.Default,
    };

    /// <summary>
    /// Whether Java's streaming reader accepts the archive. It accepts no stored entry with a data descriptor, and no ZIP64 field that proved
    /// unnecessary because the size was not known.
    /// </summary>
    private static bool JavaStreams(ZipMethod method, int length, bool compressible, string knows) =>
        length <= 60_000 || knows == "size and CRC" || (method == ZipMethod.Deflate && compressible && knows == "size");

    private static IEnumerable<(ZipEntry Entry, byte[] Content)> Matrix(bool streamable)
    {
        foreach (var method in new[] { ZipMethod.Stored, ZipMethod.Deflate })
        {
            foreach (var length in new[] { 0, 5, 60_000, 70_000, 300_000 })
            {
                foreach (var compressible in new[] { false, true })
                {
                    foreach (var knows in new[] { "nothing", "size", "size and CRC" })
                    {
                        if (streamable && !JavaStreams(method, length, compressible, knows))
                        {
                            continue;
                        }

                        var content = Archives.Content(length, compressible);
                        yield return (new ZipEntry
                        {
                            Name = $"{method}/ünï {compressible}/日本 {length} {knows}.bin",
                            Method = method,
                            Size = knows == "nothing" ? null : length,
                            Crc32 = knows == "size and CRC" ? Crc32.HashToUInt32(content) : null,
                            Modified = length == 5 ? null : Time,
                        }, content);
                    }
                }
            }
        }
    }
}
