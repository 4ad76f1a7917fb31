using Egress.Exports;
using Egress.Records;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Exports;

public sealed class ExportDestinationTests
{
    private static readonly DownloadRecord Source = new()
    {
        Id = "id",
        Bucket = "b",
        Objects = [new ObjectItem("a.txt"), new PrefixItem("photos/"), new PrefixItem("logs/2024") { Bucket = "other" }],
    };

    [Theory]
    [InlineData(true, "b", "a.txt", false)]
    [InlineData(true, "b", "photos/out.zip", false)]
    [InlineData(true, "other", "logs/2024.zip", false)]
    [InlineData(true, "b", "photos.zip", true)]
    [InlineData(true, "b", "logs/2024.zip", true)]
    [InlineData(true, "other", "a.txt", true)]
    [InlineData(true, "b", "./a.txt", true)]
    [InlineData(false, "b", "./a.txt", false)]
    [InlineData(false, "", "b/photos//out.zip", false)]
    [InlineData(false, "b/photos", "out.zip", false)]
    [InlineData(false, "b", "photos.zip", true)]
    public void A_destination_among_the_sources_is_refused(bool isRemote, string bucket, string key, bool isAllowed)
    {
        var thrown = Record.Exception(() => ExportDestination.Check(Source, new ObjectLocation(bucket, key), isRemote));
        Assert.Equal(isAllowed, thrown is null);
        if (thrown is not null)
        {
            Assert.IsType<ExportException>(thrown);
        }
    }
}
