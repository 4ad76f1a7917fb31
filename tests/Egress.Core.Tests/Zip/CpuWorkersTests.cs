using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Zip;

[Collection(nameof(Alone))]
public sealed class CpuWorkersTests
{
    [Fact]
    public async Task Cores_that_are_busy_are_not_waited_for()
    {
        using var over = new ManualResetEventSlim();
        var busy = KeepAllBusyAsync(over);
        try
        {
            var calls = 0;
            await CpuWorkers.ShareAsync(() => Task.FromResult(++calls < 5), cores: 4);
            Assert.Equal(5, calls);
        }
        finally
        {
            over.Set();
            await busy;
        }
    }

    [Fact]
    public async Task Other_cores_take_part_and_are_waited_for()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (calls, ended) = (0, 0);
        await CpuWorkers.ShareAsync(
            async () =>
            {
                var call = Interlocked.Increment(ref calls);
                if (call == 1)
                {
                    await first.Task; // with one core alone this would never end
                }

                first.TrySetResult();
                await Task.Yield();
                Interlocked.Increment(ref ended);
                return call < 10;
            },
            cores: 2);
        Assert.InRange(calls, 10, 11);
        Assert.Equal(calls, ended);
    }

    [Fact]
    public async Task What_fails_on_another_core_is_told()
    {
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        await Assert.ThrowsAsync<InvalidDataException>(() => CpuWorkers.ShareAsync(
            async () =>
            {
                if (Interlocked.Increment(ref calls) == 1)
                {
                    await failed.Task;
                    return true;
                }

                failed.SetResult();
                throw new InvalidDataException();
            },
            cores: 2));
    }

    [Fact]
    public async Task Whoever_comes_late_holds_nothing()
    {
        using var over = new ManualResetEventSlim();
        var busy = KeepAllBusyAsync(over);
        try
        {
            var held = await ShareAsync();
            GC.Collect();
            Assert.False(held.IsAlive);
        }
        finally
        {
            over.Set();
            await busy;
        }

        static async Task<WeakReference> ShareAsync()
        {
            var work = new object();
            await CpuWorkers.ShareAsync(() => Task.FromResult(work.Equals(null)), cores: 4);
            return new WeakReference(work);
        }
    }

    private static Task KeepAllBusyAsync(ManualResetEventSlim over)
    {
        var token = TestContext.Current.CancellationToken;
        return Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => CpuWorkers.RunAsync(() => over.Wait(token), token)).ToArray());
    }
}
