using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Downloads;

[Collection(nameof(Alone))]
public sealed class PlanMemoryTests
{
    [Fact]
    public async Task A_plan_keeps_less_than_its_limit_of_each_entry()
    {
        const int count = 20_000;
        const int plans = 10;
        var bench = new DownloadBench(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache());
        bench.Put([.. Enumerable.Range(0, count).Select(i => ($"photos/2024/05/{i:d6}.jpg", Array.Empty<byte>()))]);
        var kept = new List<DownloadPlan> { await bench.PlanAsync() };
        bench.Storage.LookedUp.Clear();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        while (kept.Count <= plans)
        {
            kept.Add(await bench.PlanAsync());
            bench.Storage.LookedUp.Clear();
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / plans / count;
        Assert.InRange(each, 20, 160 + "000000.jpg".Length);
        GC.KeepAlive(kept);
    }
}
