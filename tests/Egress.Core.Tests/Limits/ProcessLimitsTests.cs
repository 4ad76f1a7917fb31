using Egress.Limits;
using Xunit;

namespace Egress.Core.Tests.Limits;

public sealed class ProcessLimitsTests
{
    [Fact]
    public void Compressors_take_their_memory_from_the_budget_of_the_process()
    {
        var limits = new ProcessLimits(3 << 20);
        Assert.True(limits.Blocks.TryTake());
        Assert.False(limits.Blocks.TryTake());
        Assert.False(limits.Buffers.TryTake((1 << 20) + 1));
        Assert.True(limits.IdleCompressors.TryTake());
        Assert.False(limits.Buffers.TryTake(1 << 20));
        limits.Blocks.Release();
        limits.IdleCompressors.Release();
        Assert.True(limits.Buffers.TryTake(3 << 20));
    }

    [Fact]
    public void A_permit_without_memory_for_it_is_not_taken()
    {
        var budget = new BufferBudget(10);
        var permits = new Permits(1, 10, budget);
        Assert.True(budget.TryTake(1));
        Assert.False(permits.TryTake());
        budget.Release(1);
        Assert.True(permits.TryTake());
        Assert.False(permits.TryTake());
    }
}
