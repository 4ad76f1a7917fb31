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
    [InlineData("a.tar.gz", "text/plain", true)]
    [InlineData("notes.txt", "text/plain", false)]
    [InlineData("picture.svg", "image/svg+xml", false)]
    [InlineData("jpg", null, false)]
    [InlineData("zip/readme", "", false)]
    [InlineData("a.zip/readme", null, false)]
    [InlineData("", null, false)]
    public void Compressed_types_are_known(string name, string? contentType, bool expected) =>
        Assert.Equal(expected, CompressedTypes.IsCompressed(name, contentType));
}
