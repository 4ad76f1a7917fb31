using System.Text;
using CsCheck;
using Egress.Backends;
using Egress.Core.Tests.Zip.Names;
using Egress.Downloads;
using Egress.Records;
using Egress.Records.Json;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Format;
using Egress.Zip.Names;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>Tests with records that an attacker wrote.</summary>
public sealed class HostileRecordTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""[{"key":"a","size":-1}]""")]
    [InlineData("""[{"key":"a","size":1e400}]""")]
    [InlineData("""[{"key":"a","size":9223372036854775808}]""")]
    [InlineData("""[{"key":"a","crc32":"-1234567"}]""")]
    [InlineData("""[{"key":"a","crc32":123}]""")]
    public void A_malformed_size_or_checksum_is_refused(string objects)
    {
        var json = $$"""{"bucket":"b","objects":{{objects}}}""";
        var fault = Assert.Throws<BackendException>(() => RecordDocument.Read("id", Encoding.UTF8.GetBytes(json)));
        Assert.Equal(BackendFault.Malformed, fault.Fault);
        Assert.Contains("objects[0]", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unpacking_never_leaves_the_folder()
    {
        var fixture = new DownloadFixture();
        string[] names =
        [
            "../../../evil", "/etc/evil", @"C:\evil", @"..\..\evil", "a/../../evil", "nul\0evil", new string('x', 70_000), "CON", "evil. .",
            "x/" + new string('日', 20_000) + ".txt", "../../../evil", "", "..", "\u202Etxt.exe",
        ];
        fixture.Put([.. names.Select((_, i) => ($"{i}", new byte[] { (byte)i }))]);
        fixture.With([.. names.Select((name, i) => new ObjectItem($"{i}") { Name = name })]);

        await using var folder = new TempFolder();
        var archive = await folder.WriteAsync("inside/hostile.zip", await fixture.WholeAsync());

        foreach (var reader in new[] { ZipReaders.Unzip, ZipReaders.SevenZip, ZipReaders.BsdTar, ZipReaders.Python })
        {
            var unpacked = await reader.UnpackAsync(archive, null, Token);
            Assert.Equal(names.Length, unpacked.Count);
            Assert.All(unpacked.Keys, EntryNamesTests.AssertSafe);
        }

        Assert.Equal([archive], Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_same_name_ten_thousand_times_gives_ten_thousand_names()
    {
        var fixture = new DownloadFixture().Put(("a", [1]));
        fixture.With([.. Enumerable.Range(0, 10_000).Select(i => new ObjectItem("a") { Name = i % 2 == 0 ? "Same.txt" : "same.TXT" })]);
        var plan = await fixture.PlanAsync();
        Assert.Equal(10_000, plan.Objects.Select(o => o.Entry.Name).ToHashSet(StringComparer.OrdinalIgnoreCase).Count);
    }

    [Fact]
    public void The_plan_of_any_record_is_safe_or_refused() => Gen.Select(Gen.String, Gen.Long[0, long.MaxValue], Gen.UInt).Array[1, 6].Sample(
        items =>
        {
            var names = new UniqueEntryNames();
            var entries = items.Select(item => new ZipEntry
            {
                Name = names.Reserve(EntryNames.MakeSafe(item.Item1)),
                Method = ZipMethod.Stored,
                Size = item.Item2 / items.Length / 2,
                Crc32 = item.Item3,
            }).ToList();
            Assert.All(entries, entry => EntryNamesTests.AssertSafe(entry.Name));
            return ArchiveLayout.Create(entries, new ZipOptions()).Length > entries.Sum(entry => entry.Size);
        },
        iter: 2_000);

    [Fact]
    public async Task Sizes_that_no_archive_can_have_are_refused()
    {
        var fixture = new DownloadFixture().With(
            new ObjectItem("a") { Size = long.MaxValue, Crc32 = 1 }, new ObjectItem("b") { Size = long.MaxValue, Crc32 = 1 });
        var planner = fixture.Planner();
        var result = await planner.PlanAsync(new DownloadRequest("id", null, null), Token);
        Assert.Equal(BackendFault.Malformed, result.Rejection?.Fault?.Fault);

        fixture.With([.. fixture.Record.Objects, new ObjectItem("gone")]);
        result = await fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), Token);
        Assert.Equal(RejectionReason.ObjectMissing, result.Rejection?.Reason);
    }
}
