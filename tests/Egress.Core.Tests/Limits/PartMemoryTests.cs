using System.Runtime.InteropServices;
using Egress.Limits;
using Xunit;

namespace Egress.Core.Tests.Limits;

public sealed class PartMemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parts_wait_for_the_budget_of_the_process()
    {
        var budget = new BufferBudget(100);
        Assert.True(budget.TryTake(30));
        var memory = new PartMemory(10, 1000, 1, budget);
        var first = await memory.TakeAsync(40, Token);
        var second = memory.TakeAsync(40, Token).AsTask();
        Assert.False(second.IsCompleted);

        first.Dispose();
        first.Dispose();
        using (var taken = await second)
        {
            Assert.Equal(40, taken.Memory.Length);
            Assert.True(budget.TryTake(30));
            Assert.False(budget.TryTake(1));
        }

        Assert.True(budget.TryTake(40));
    }

    [Fact]
    public async Task No_more_parts_than_allowed_have_memory()
    {
        var memory = new PartMemory(2, 1000, 1, new BufferBudget(0));
        var (first, second) = (await memory.TakeAsync(1, Token), await memory.TakeAsync(1, Token));
        var third = memory.TakeAsync(1, Token).AsTask();
        Assert.False(third.IsCompleted);
        second.Dispose();
        (await third).Dispose();
        first.Dispose();
    }

    [Fact]
    public async Task The_only_part_gets_its_memory_although_the_budget_is_used_up()
    {
        var budget = new BufferBudget(10);
        Assert.True(budget.TryTake(10));
        var memory = new PartMemory(2, 1000, 1, budget);
        var only = await memory.TakeAsync(100, Token);
        var next = memory.TakeAsync(1, Token).AsTask();
        Assert.False(next.IsCompleted);
        only.Dispose();
        (await next).Dispose();
        budget.Release(10);
        Assert.True(budget.TryTake(10));
    }

    [Fact]
    public async Task Memory_that_is_taken_apart_is_counted_and_delays_no_part()
    {
        var budget = new BufferBudget(100);
        var memory = new PartMemory(1, 1000, 1, budget);
        using (memory.TakeApart(90))
        using (await memory.TakeAsync(5, Token))
        {
            Assert.False(budget.TryTake(10));
        }

        Assert.True(budget.TryTake(100));
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        var memory = new PartMemory(1, 1000, 1, new BufferBudget(0));
        using var held = await memory.TakeAsync(1, Token);
        using var stop = new CancellationTokenSource();
        var waiting = memory.TakeAsync(1, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Large_parts_have_no_more_memory_together_than_as_many_usual_ones_except_for_a_few()
    {
        var memory = new PartMemory(10, 60, 1, new BufferBudget(0));
        var held = new List<PartMemory.Lease>();
        for (var i = 0; i < PartMemory.AnySize; i++)
        {
            held.Add(await memory.TakeAsync(15, Token));
        }

        var next = memory.TakeAsync(1, Token).AsTask();
        Assert.False(next.IsCompleted);
        held[0].Dispose();
        (await next).Dispose();
        Assert.True(memory.TakeAsync(15, Token).AsTask().IsCompleted);
        Assert.False(memory.TakeAsync(1, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Parts_of_the_usual_size_use_the_same_buffers_one_after_the_other()
    {
        const int usual = 1 << 20;
        var memory = new PartMemory(2, 2 * usual, usual, new BufferBudget(0));
        byte[] first;
        using (var lease = await memory.TakeAsync(usual / 2, Token))
        {
            first = ArrayOf(lease);
        }

        using var next = await memory.TakeAsync(usual, Token);
        Assert.Same(first, ArrayOf(next));
    }

    private static byte[] ArrayOf(PartMemory.Lease lease) =>
        MemoryMarshal.TryGetArray<byte>(lease.Memory, out var segment) ? segment.Array! : throw new InvalidOperationException("The memory is no array.");
}
