using Egress.Downloads.Planning;
using Egress.Limits;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

[Collection(nameof(NonParallel))]
public sealed class SharedWorkTests
{
    private static readonly CpuWorkers Workers = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_does_not_wait_for_busy_cores()
    {
        using var over = new ManualResetEventSlim();
        var busy = KeepAllBusyAsync(over);
        try
        {
            var calls = 0;
            Assert.Equal([0, 1, 2, 3, 4], await ListAsync(5, _ => Task.FromResult(++calls), cores: 4));
            Assert.Equal(5, calls);
        }
        finally
        {
            over.Set();
            await busy;
        }
    }

    [Fact]
    public async Task Idle_cores_take_part_and_the_order_stays()
    {
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = 0;
        var pieces = await ListAsync(
            10,
            async piece =>
            {
                if (piece == 0)
                {
                    await second.Task; // this would never complete on one core
                }

                second.TrySetResult();
                await Task.Yield();
                Interlocked.Increment(ref ended);
            },
            cores: 2);
        Assert.Equal(Enumerable.Range(0, 10), pieces);
        Assert.Equal(10, ended);
    }

    [Fact]
    public async Task A_failure_is_thrown_in_order_and_ends_the_work()
    {
        var others = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (begun, ended) = (0, 0);
        var come = new List<int>();
        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var piece in new SharedWork<int>(Workers, [.. Enumerable.Range(0, 100)], WorkAsync).RunAsync(cores: 2).WithCancellation(Token))
            {
                come.Add(piece);
            }
        });
        Assert.Equal([0], come);
        Assert.Equal(begun, ended);
        Assert.InRange(begun, 2, 100);

        async Task WorkAsync(int piece)
        {
            Interlocked.Increment(ref begun);
            if (piece == 0)
            {
                await others.Task; // this work fails on another core
            }

            others.TrySetResult();
            await Task.Yield();
            Interlocked.Increment(ref ended);
            if (piece == 1)
            {
                throw new InvalidDataException();
            }
        }
    }

    [Fact]
    public async Task Disposing_early_waits_for_the_work_that_has_begun()
    {
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (begun, ended) = (0, 0);
        using var first = new ManualResetEventSlim();
        var busy = KeepAllBusyAsync(first);
        var pieces = new SharedWork<int>(Workers, [.. Enumerable.Range(0, 1000)], WorkAsync).RunAsync(cores: 2).GetAsyncEnumerator(Token);
        Assert.True(await pieces.MoveNextAsync());
        var leaving = pieces.DisposeAsync().AsTask();
        Assert.False(leaving.IsCompleted);
        gate.SetResult();
        await leaving;
        await busy;
        Assert.Equal((2, 2), (begun, ended));

        async Task WorkAsync(int piece)
        {
            Interlocked.Increment(ref begun);
            if (piece == 0)
            {
                first.Set(); // now another core is available
                await second.Task;
            }
            else
            {
                second.TrySetResult();
                await gate.Task;
            }

            Interlocked.Increment(ref ended);
        }
    }

    [Fact]
    public async Task A_worker_that_starts_late_keeps_nothing_alive()
    {
        using var over = new ManualResetEventSlim();
        var busy = KeepAllBusyAsync(over);
        try
        {
            var held = await WorkAsync();
            GC.Collect();
            Assert.False(held.IsAlive);
        }
        finally
        {
            over.Set();
            await busy;
        }

        static async Task<WeakReference> WorkAsync()
        {
            var work = new object();
            await ListAsync(3, _ => Task.FromResult(work.Equals(null)), cores: 4);
            return new WeakReference(work);
        }
    }

    private static async Task<List<int>> ListAsync(int pieces, Func<int, Task> work, int cores)
    {
        var list = new List<int>();
        await foreach (var piece in new SharedWork<int>(Workers, [.. Enumerable.Range(0, pieces)], work).RunAsync(cores).WithCancellation(Token))
        {
            list.Add(piece);
        }

        return list;
    }

    private static Task KeepAllBusyAsync(ManualResetEventSlim over) =>
        Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Workers.RunAsync(() => over.Wait(Token), Token)).ToArray());
}
