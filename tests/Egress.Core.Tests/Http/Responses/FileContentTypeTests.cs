using Egress.Http.Responses;
using Microsoft.AspNetCore.StaticFiles;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class FileContentTypeTests
{
    [Theory]
    [InlineData("a.jpg", "image/jpeg")]
    [InlineData("A.JPG", "image/jpeg")]
    [InlineData("a.png", "image/png")]
    [InlineData("a.mp4", "video/mp4")]
    [InlineData("a.mp3", "audio/mpeg")]
    [InlineData("a.pdf", "application/pdf")]
    [InlineData("a.txt", "text/plain")]
    [InlineData("a.csv", "text/csv")]
    [InlineData("a.json", "application/json")]
    [InlineData("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [InlineData("a.html", "application/octet-stream")]
    [InlineData("a.htm", "application/octet-stream")]
    [InlineData("a.xhtml", "application/octet-stream")]
    [InlineData("a.HTML", "application/octet-stream")]
    [InlineData("a.jpg.html", "application/octet-stream")]
    [InlineData("a.svg", "application/octet-stream")]
    [InlineData("a.svgz", "application/octet-stream")]
    [InlineData("a.xml", "application/octet-stream")]
    [InlineData("a.js", "application/octet-stream")]
    [InlineData("a.swf", "application/octet-stream")]
    [InlineData("a.hta", "application/octet-stream")]
    [InlineData("a.mht", "application/octet-stream")]
    [InlineData("a", "application/octet-stream")]
    [InlineData(".", "application/octet-stream")]
    [InlineData("", "application/octet-stream")]
    public void The_type_follows_the_name(string name, string type) => Assert.Equal(type, FileContentType.Of(name));

    [Fact]
    public void No_extension_has_a_type_that_contains_script()
    {
        string[] active = ["html", "xml", "svg", "script", "xul", "shockwave", "css", "mhtml", "rfc822"];
        Assert.All(
            new FileExtensionContentTypeProvider().Mappings.Keys.Select(static extension => FileContentType.Of($"a{extension}")).Where(static type => !type.StartsWith("application/vnd.openxmlformats", StringComparison.Ordinal)),
            type => Assert.DoesNotContain(active, word => type.Contains(word, StringComparison.Ordinal)));
    }
}
