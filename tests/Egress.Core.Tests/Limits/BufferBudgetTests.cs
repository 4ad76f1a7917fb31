using Egress.Limits;
using Xunit;

namespace Egress.Core.Tests.Limits;

public sealed class BufferBudgetTests
{
    [Fact]
    public void The_budget_is_taken_up_to_the_limit_and_no_further()
    {
        var budget = new BufferBudget(10);
        Assert.True(budget.TryTake(7));
        Assert.False(budget.TryTake(4));
        Assert.True(budget.TryTake(3));
        budget.Release(7);
        AssertUsed(3, budget, 10);
        Assert.True(budget.TryTake(7));
    }

    [Fact]
    public void Zero_is_unlimited() => Assert.True(new BufferBudget(0).TryTake(long.MaxValue / 2));

    [Fact]
    public void A_full_parent_budget_leaves_the_child_unchanged()
    {
        var parent = new BufferBudget(10);
        var first = new BufferBudget(10, parent);
        var second = new BufferBudget(10, parent);
        Assert.True(first.TryTake(8));
        Assert.False(second.TryTake(3));
        AssertUsed(8, parent, 10);
        first.Release(8);
        Assert.True(second.TryTake(10));
        AssertUsed(10, parent, 10);
    }

    [Fact]
    public void Many_threads_never_take_more_than_the_budget()
    {
        var budget = new BufferBudget(100);
        var most = 0L;
        Parallel.For(0, 10_000, _ =>
        {
            if (budget.TryTake(30))
            {
                InterlockedMax(ref most, Interlocked.Add(ref _held, 30));
                Interlocked.Add(ref _held, -30);
                budget.Release(30);
            }
        });
        Assert.InRange(most, 30, 90);
        AssertUsed(0, budget, 100);
    }

    private static void AssertUsed(long bytes, BufferBudget budget, long limit)
    {
        Assert.False(budget.TryTake(limit - bytes + 1));
        Assert.True(budget.TryTake(limit - bytes));
        budget.Release(limit - bytes);
    }

    private long _held;

    private static void InterlockedMax(ref long target, long value)
    {
        long seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
