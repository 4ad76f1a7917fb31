using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Planning;
using Egress.Packing;
using Egress.Storage;
using Egress.Zip;
using Egress.Zip.Names;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

public sealed class PackedObjectsTests
{
    [Fact]
    public void The_report_is_the_last_object()
    {
        var report = new MissingReport();
        report.Add("gone.txt", null);
        var made = report.ToEntry(new UniqueEntryNames());
        var entry = new ZipEntry { Name = "a.txt", Method = ZipMethod.Stored, Size = 5 };
        var builder = new PackedListBuilder<PlannedObject>(PlannedObjectForm.Instance);
        builder.Add(new PlannedObject(new ObjectLocation("bucket", "a.txt"), entry, 5, null));
        var stored = builder.ToList();
        var objects = new PackedObjects(stored, made);
        Assert.Equal(2, objects.Count);
        Assert.Null(objects.First().Content);
        Assert.Same(made, objects.Skip(1).Single());
        Assert.Single(new PackedObjects(stored, null));
    }
}
