using Egress.Downloads;
using Egress.Downloads.Planning;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class ExtensionFilterTests
{
    [Theory]
    [InlineData("a.pdf", "a.pdf", true)]
    [InlineData("a.PDF", "a.PDF", true)]
    [InlineData("a.txt", "a.txt", false)]
    [InlineData("blob/123", "report.pdf", true)]
    [InlineData("v1.pdf/readme", "readme", false)]
    [InlineData("noextension", "noextension", false)]
    public void The_allow_list_applies_to_the_name_in_the_archive(string key, string name, bool expected) =>
        Assert.Equal(expected, Filter(allowed: [".pdf"]).Allows(key, name));

    [Theory]
    [InlineData("a.exe", "a.exe", false)]
    [InlineData("a.exe", "harmless.txt", false)]
    [InlineData("harmless.txt", "a.EXE", false)]
    [InlineData(".exe", ".exe", false)]
    [InlineData("a.exe.txt", "a.exe.txt", true)]
    [InlineData("noextension", "noextension", true)]
    public void The_block_list_applies_to_key_and_name(string key, string name, bool expected) =>
        Assert.Equal(expected, Filter(blocked: [".exe"]).Allows(key, name));

    [Fact]
    public void The_block_list_takes_precedence() => Assert.False(Filter(allowed: [".exe"], blocked: [".exe"]).Allows("a.exe", "a.exe"));

    [Fact]
    public void Without_lists_everything_passes() => Assert.True(Filter().Allows("a.exe", "a.exe"));

    private static ExtensionFilter Filter(string[]? allowed = null, string[]? blocked = null) =>
        new(new DownloadOptions { AllowedExtensions = new HashSet<string>(allowed ?? []), BlockedExtensions = new HashSet<string>(blocked ?? []) });
}
