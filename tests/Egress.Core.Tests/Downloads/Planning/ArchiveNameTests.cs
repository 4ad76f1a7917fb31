using System.Text;
using Egress.Downloads.Planning;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class ArchiveNameTests
{
    private static readonly DateOnly Day = new(2025, 3, 9);

    [Theory]
    [InlineData(null, "download.zip")]
    [InlineData("", "download.zip")]
    [InlineData(".zip", "download.zip")]
    [InlineData("report", "report.zip")]
    [InlineData("report.zip", "report.zip")]
    [InlineData("report.ZIP", "report.zip")]
    [InlineData("report.zip.zip", "report.zip.zip")]
    [InlineData("Überblick 日本", "Überblick 日本.zip")]
    [InlineData("a\r\nX-Evil: 1", "a__X-Evil: 1.zip")]
    [InlineData("2024/05", "2024_05.zip")]
    [InlineData("..\\..\\a", ".._.._a.zip")]
    [InlineData("100%41", "100%41.zip")]
    public void The_name_of_the_record_is_kept(string? name, string expected) =>
        Assert.Equal(expected, ArchiveName.Build(name, sanitize: false, date: null));

    [Fact]
    public void Half_a_surrogate_pair_is_no_text() =>
        Assert.Equal("half\ufffdpair.zip", ArchiveName.Build("half" + '\ud800' + "pair", sanitize: false, date: null));

    // The first five rows are from zipperfly's own test table.
    [Theory]
    [InlineData("valid-filename_123", "valid-filename_123.zip")]
    [InlineData("file/name:with*invalid?\"chars<>|", "file_name_with_invalid__chars___.zip")]
    [InlineData("file\0\u0001\u001fname", "file___name.zip")]
    [InlineData("  filename.txt  ", "filename.txt.zip")]
    [InlineData("...filename", "filename.zip")]
    [InlineData("Überblick 😀", "_berblick _.zip")]
    [InlineData(" . ", "download.zip")]
    public void Names_are_sanitized_as_in_zipperfly(string name, string expected) =>
        Assert.Equal(expected, ArchiveName.Build(name, sanitize: true, date: null));

    [Theory]
    [InlineData("report.zip", "report-20250309.zip")]
    [InlineData(null, "download-20250309.zip")]
    public void The_date_is_appended_before_the_suffix(string? name, string expected) =>
        Assert.Equal(expected, ArchiveName.Build(name, sanitize: false, Day));

    [Theory]
    [InlineData("日", 83)]
    [InlineData("😀", 62)]
    [InlineData("a", 251)]
    public void A_long_name_is_cut_to_the_limit_of_file_systems(string character, int kept)
    {
        var name = string.Concat(Enumerable.Repeat(character, 400));
        Assert.Equal(string.Concat(Enumerable.Repeat(character, kept)) + ".zip", ArchiveName.Build(name, sanitize: false, date: null));
        Assert.EndsWith("-20250309.zip", ArchiveName.Build(name, sanitize: false, Day), StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(ArchiveName.Build(name, sanitize: false, Day)), 240, 255);
    }
}
