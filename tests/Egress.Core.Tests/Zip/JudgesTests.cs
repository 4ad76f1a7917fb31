using System.IO.Hashing;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Zip;

/// <summary>What independent readers say of every kind of entry.</summary>
public sealed class JudgesTests
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
        foreach (var judge in ZipJudges.All)
        {
            foreach (var place in Enum.GetValues<Zip64Place>())
            {
                // ZipInputStream refuses ZIP64 sizes of small entries: with the real limits there are none.
                if (judge != ZipJudges.JavaStream || place != Zip64Place.Sizes)
                {
                    cases.Add(judge.Name, place, false);
                }

                if (judge.ReadsEncrypted)
                {
                    cases.Add(judge.Name, place, true);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_kind_of_entry_is_read(string judgeName, Zip64Place place, bool encrypted)
    {
        var judge = ZipJudges.All.Single(judge => judge.Name == judgeName);
        var options = new ZipOptions { Password = encrypted ? "pässwörd ключ" : null, Zip64 = Limits(place) };
        var entries = Matrix(judge == ZipJudges.JavaStream).ToList();
        await using var folder = new TempFolder();
        var path = await folder.WriteAsync("archive.zip", await Archives.WriteAsync(options, entries, TestContext.Current.CancellationToken));

        var found = await judge.UnpackAsync(path, options.Password, TestContext.Current.CancellationToken);

        Assert.Equal(
            entries.ToDictionary(entry => entry.Entry.Name, entry => JudgedEntry.Of(entry.Content)).OrderBy(entry => entry.Key, StringComparer.Ordinal),
            found.OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }

    private static Zip64Limits Limits(Zip64Place place) => place switch
    {
        Zip64Place.Sizes => new(60, ushort.MaxValue),
        Zip64Place.Offsets => new(400_000, ushort.MaxValue),
        Zip64Place.Directory => Zip64Limits.Default with { Entries = 7 },
        _ => Zip64Limits.Default,
    };

    /// <summary>No stored entry with a descriptor, and no ZIP64 that turned out needless (a size that was not known).</summary>
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
