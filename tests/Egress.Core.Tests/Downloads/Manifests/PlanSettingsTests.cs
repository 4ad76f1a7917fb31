using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Storage;
using Egress.Storage.Local;
using Egress.Storage.S3;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

public sealed class PlanSettingsTests
{
    private static readonly DownloadOptions Defaults = new();

    /// <summary>
    /// Each property of the options with a value other than the default, and whether a plan depends on it. The test fails if a property is missing
    /// here.
    /// </summary>
    public static TheoryData<string, bool> Properties => new()
    {
        { nameof(DownloadOptions.MaxFileSize), true },
        { nameof(DownloadOptions.MaxFilesPerRequest), true },
        { nameof(DownloadOptions.MaxActiveDownloads), false },
        { nameof(DownloadOptions.RequestTimeout), false },
        { nameof(DownloadOptions.MaxDuration), false },
        { nameof(DownloadOptions.MinClientRate), false },
        { nameof(DownloadOptions.AppendDate), false },
        { nameof(DownloadOptions.SanitizeFilenames), false },
        { nameof(DownloadOptions.IgnoreMissing), true },
        { nameof(DownloadOptions.SkipUnavailable), true },
        { nameof(DownloadOptions.ReportMissing), true },
        { nameof(DownloadOptions.ChecksumFile), true },
        { nameof(DownloadOptions.EntryNames), true },
        { nameof(DownloadOptions.MaxConcurrentFetches), false },
        { nameof(DownloadOptions.DownloadMemory), false },
        { nameof(DownloadOptions.TotalBufferMemory), false },
        { nameof(DownloadOptions.StreamBufferSize), false },
        { nameof(DownloadOptions.CompressionLevel), true },
        { nameof(DownloadOptions.PreserveFileMetadata), true },
        { nameof(DownloadOptions.AllowPasswordProtected), false },
        { nameof(DownloadOptions.AllowedExtensions), true },
        { nameof(DownloadOptions.BlockedExtensions), true },
        { nameof(DownloadOptions.CacheControl), false },
    };

    [Theory]
    [MemberData(nameof(Properties))]
    public void A_setting_is_part_of_the_text_if_a_plan_depends_on_it(string name, bool counts)
    {
        var changed = Defaults with { };
        var property = typeof(DownloadOptions).GetProperty(name)!;
        property.SetValue(changed, Another(property.GetValue(Defaults), property.PropertyType));
        Assert.Equal(counts, PlanSettings.Of(Defaults, new S3Options()) != PlanSettings.Of(changed, new S3Options()));
    }

    [Fact]
    public void Every_setting_is_listed_here() => Assert.Equal(
        typeof(DownloadOptions).GetProperties().Select(static property => property.Name).Order(),
        Properties.Select(static row => row.Data.Item1).Order());

    [Fact]
    public void A_different_storage_changes_the_ETag()
    {
        StorageOptions[] storages = [new S3Options(), new S3Options { Endpoint = new Uri("https://s3.example.com") }, new LocalOptions("/a"), new LocalOptions("/b")];
        Assert.Equal(storages.Length, storages.Select(static storage => PlanSettings.Of(Defaults, storage)).Distinct().Count());
    }

    private static object Another(object? value, Type type) => value switch
    {
        bool flag => !flag,
        int number => number + 1,
        long number => number + 1,
        TimeSpan time => time + TimeSpan.FromSeconds(1),
        EntryNameStyle style => style + 1,
        IReadOnlySet<string> => new HashSet<string> { ".exe" },
        null when type == typeof(int?) => 7,
        string text => text + "x",
        _ => throw new InvalidOperationException($"No other value is known for {type}."),
    };
}
