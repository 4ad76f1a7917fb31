using System.Text;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Records;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>Tests which objects of a listing become entries, and under which names.</summary>
public sealed class RecordExpansionTests
{
    private static async Task<List<(string Key, string Name)>> ExpandAsync(string prefix, params string[] keys)
    {
        var storage = new ScriptedStorage();
        foreach (var key in keys)
        {
            storage.Objects[key] = key.EndsWith("empty/", StringComparison.Ordinal) ? [] : Encoding.UTF8.GetBytes(key);
        }

        var record = new DownloadRecord { Id = "1", Bucket = "b", Objects = [new PrefixItem(prefix)] };
        return await new RecordExpansion(record, storage, new DownloadOptions()).FindAsync(TestContext.Current.CancellationToken)
            .Select(candidate => (candidate.Location.Key, candidate.WantedName)).ToListAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_marker_of_a_folder_is_left_out_but_no_object_with_data() =>
        Assert.Equal(
            [("p/full/", "full/"), ("p/x", "x")],
            (await ExpandAsync("p/", "p/x", "p/empty/", "p/full/")).Order());

    [Fact]
    public async Task A_file_name_that_is_not_utf8_gets_a_readable_name() =>
        Assert.Equal(
            [("p/R\0\u00E9sum\0\u00E9.pdf", "R\u00E9sum\u00E9.pdf")],
            await ExpandAsync("p/", "p/R\0\u00E9sum\0\u00E9.pdf"));
}
