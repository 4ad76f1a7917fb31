using Egress.Downloads;
using Egress.Downloads.Checksums;
using Egress.Downloads.Manifests;
using Egress.Packing;
using Egress.Storage;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

public sealed class ManifestFormTests
{
    private static readonly DateTimeOffset Start = new(2024, 5, 31, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Storages => ["s3", "azure", "local"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(5000)]
    public void A_manifest_is_read_unchanged_from_its_form(int count)
    {
        var report = PlannedObject.Made("_missing.json", "{}"u8.ToArray());
        var sums = ChecksumFile.Plan("SHA256SUMS", 76 * count);
        var manifest = TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start, Photos("s3").Take(count), report: report, checksumFile: sums);
        var read = ReadBack(manifest);
        Assert.Equal(Described(sums), Described(read.ChecksumFile!));
        Assert.True(read.ChecksumFile!.IsChecksumFile);
        Assert.Equal((manifest.ETag, manifest.Layout.Length, manifest.Layout.DirectoryOffset), (read.ETag, read.Layout.Length, read.Layout.DirectoryOffset));
        Assert.Equal((manifest.RequestedCount, manifest.MissingCount, manifest.UnavailableCount), (read.RequestedCount, read.MissingCount, read.UnavailableCount));
        Assert.Equal(manifest.Objects.Select(Described), read.Objects.Select(Described));
        Assert.Equal(Photos("s3").Take(count).Append(report).Select(Described), read.Objects.Select(Described));
        Assert.Equal(ManifestForm.HashOf(manifest.Form), ManifestForm.HashOf(read.Form));
        for (var offset = 0L; offset < manifest.Layout.Length; offset += 1 + (manifest.Layout.Length!.Value / 50))
        {
            var block = manifest.Index!.BlockOfEntry(offset);
            Assert.Equal(block, read.Index!.BlockOfEntry(offset));
            Assert.Equal(manifest.Index.StartOf(block), read.Index.StartOf(block));
        }
    }

    [Fact]
    public void An_archive_that_cannot_be_sent_in_ranges_has_no_index_and_no_validator()
    {
        var text = new PlannedObject(new ObjectLocation("b", "a.txt"), new ZipEntry { Name = "a.txt", Method = ZipMethod.Deflate, Size = 5 }, 5, "\"e\"");
        var read = ReadBack(TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start, [text, .. Photos("s3").Take(100)]));
        Assert.Null(read.ETag);
        Assert.Null(read.Index);
        Assert.Null(read.Layout.Length);
        Assert.Equal(101, read.Objects.Count);
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void An_entry_takes_at_most_40_bytes(string storage)
    {
        const int count = 10_000;
        var manifest = TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start, Photos(storage).Take(count));
        Assert.InRange(manifest.Form.Length, 10 * count, 40 * count);
        Assert.InRange(manifest.SizeInBytes, manifest.Form.Length, 41 * count);
    }

    [Fact]
    public void A_form_is_refused_if_a_byte_differs_or_is_missing_or_one_too_many()
    {
        var form = Assert.Single(TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start, Photos("s3").Take(40)).Form.Chunks).ToArray();
        Assert.NotNull(Read(form));
        for (var i = 0; i < form.Length; i++)
        {
            form[i] ^= 0x10;
            Assert.Null(Read(form));
            form[i] ^= 0x10;
            Assert.Null(Read(form[..i]));
        }

        Assert.Null(Read([.. form, 0]));
        Assert.NotNull(Read(form));
    }

    [Theory]
    [InlineData(3)] // version of the form
    [InlineData(4)] // version of the archive format
    public void A_form_of_another_version_is_refused_although_its_hash_is_right(int index)
    {
        var content = TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start, []);
        var writer = new ChunkedBytesWriter();
        byte[] signature = [.. content.Form.Slice(0, 5)];
        signature[index]++;
        writer.Write(signature);
        var other = ManifestForm.End(writer, new ManifestContent
        {
            Layout = content.Layout,
            ETag = content.ETag,
            Counts = default,
            Report = null,
            ChecksumFile = null,
            Count = 0,
            Shared = [],
            Blocks = [5],
            Entries = [0],
            Records = [0],
        });
        Assert.Equal(content.Form.Length, other.Length);
        Assert.Null(ManifestForm.TryRead(other, new ZipOptions()));
        Assert.NotNull(ManifestForm.TryRead(content.Form, new ZipOptions()));
    }

    [Fact]
    public void Equal_plans_have_equal_forms_whenever_they_are_made()
    {
        var (first, second) = (TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start, Photos("azure").Take(100)),
            TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", Start.AddHours(1), Photos("azure").Take(100)));
        Assert.Equal(first.Form.Chunks, second.Form.Chunks);
    }

    /// <summary>Returns typical objects of a storage: numbered pictures of some MB, modified a few minutes apart.</summary>
    internal static IEnumerable<PlannedObject> Photos(string storage)
    {
        var random = new Random(4711);
        var time = Start;
        for (var i = 0; ; i++)
        {
            time += TimeSpan.FromSeconds(random.Next(1, 600));
            var size = random.NextInt64(500_000, 12_000_000);
            var name = $"IMG_{i:d5}.jpg";
            var etag = storage switch
            {
                "s3" => $"\"{Hex(random, 32)}\"",
                "azure" => $"\"0x8DC{Hex(random, 12).ToUpperInvariant()}\"",
                _ => $"{size:x}-{time.UtcTicks + random.Next(10_000_000):x}",
            };
            var entry = new ZipEntry { Name = name, Method = ZipMethod.Stored, Size = size, Modified = time };
            yield return new PlannedObject(new ObjectLocation("photos", $"2024/05/{name}"), entry, size, etag);
        }
    }

    private static string Hex(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "0123456789abcdef"[random.Next(16)]));

    private static ManifestContent? Read(byte[] form) => ManifestForm.TryRead(new ChunkedBytes(form.Length == 0 ? [] : [form]), new ZipOptions());

    private static ArchiveManifest ReadBack(ArchiveManifest manifest)
    {
        byte[][] copied = [.. manifest.Form.Chunks.Select(static chunk => chunk.ToArray())];
        return Assert.IsType<ArchiveManifest>(ArchiveManifest.TryRead(manifest.Key, new ChunkedBytes(copied), manifest.PlannedAt, new ZipOptions()));
    }

    private static object Described(PlannedObject planned) => (
        planned.Location, planned.Size, planned.ETag, Content: planned.Content is { } content ? Convert.ToHexString(content.Span) : null,
        planned.Entry.Name, planned.Entry.Method, planned.Entry.Crc32, planned.Entry.StorageCrc32, planned.Entry.Modified);
}
