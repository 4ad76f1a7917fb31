using Egress.Downloads.Planning;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class CompressedTypesTests
{
    [Theory]
    [InlineData("a/photo.JPG", null, true)]
    [InlineData("film.bin", "Video/MP4; codecs=avc1", true)]
    [InlineData("table", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true)]
    [InlineData("data.txt", "application/gzip", true)]
    [InlineData("report.pdf", null, true)]
    [InlineData("report", "application/pdf", true)]
    [InlineData("a.tar.gz", "text/plain", true)]
    [InlineData("notes.txt", "text/plain", false)]
    [InlineData("picture.svg", "image/svg+xml", false)]
    [InlineData("jpg", null, false)]
    [InlineData("zip/readme", "", false)]
    [InlineData("a.zip/readme", null, false)]
    [InlineData("", null, false)]
    public void Compressed_types_are_known(string name, string? contentType, bool expected) =>
        Assert.Equal(expected, CompressedTypes.IsCompressed(name, contentType));

    [Fact]
    public void Every_type_has_one_reason()
    {
        Assert.All(CompressedTypes.All, type => Assert.NotEmpty(type.Reason));
        var types = CompressedTypes.All.SelectMany(type => $"{type.Extensions} {type.MediaTypes}".Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(types.Count, types.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(types, type => Assert.Equal(type.ToLowerInvariant(), type));
    }
}
