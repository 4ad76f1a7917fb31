using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

[Collection(nameof(NonParallel))]
public sealed class PlanMemoryTests
{
    [Fact]
    public async Task A_plan_keeps_less_than_its_limit_for_each_entry()
    {
        const int count = 20_000;
        var fixture = new DownloadFixture(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache());
        fixture.Put([.. Enumerable.Range(0, count).Select(i => ($"photos/2024/05/{i:d6}.jpg", Array.Empty<byte>()))]);

        // The median is used, because garbage of earlier tests may be collected during a measurement.
        var plans = new List<DownloadPlan>();
        var growth = new List<long>();
        var before = 0L;
        for (var i = 0; i < 12; i++)
        {
            plans.Add(await fixture.PlanAsync());
            fixture.Storage.LookedUp.Clear();
            var after = GC.GetTotalMemory(forceFullCollection: true);
            growth.Add(after - before);
            before = after;
        }

        Assert.InRange(growth.Order().ElementAt(growth.Count / 2) / count, 10, 48 + "000000.jpg".Length);
        GC.KeepAlive(plans);
    }
}
