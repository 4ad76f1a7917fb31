using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Zip;

public sealed class CpuWorkersTests
{
    [Fact]
    public async Task Cores_that_are_busy_are_not_waited_for()
    {
        using var over = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        var busy = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => CpuWorkers.RunAsync(() => over.Wait(token), token)).ToArray();
        try
        {
            var calls = 0;
            await CpuWorkers.ShareAsync(() => Task.FromResult(Interlocked.Increment(ref calls)), cores: 4);
            Assert.Equal(1, calls);
        }
        finally
        {
            over.Set();
            await Task.WhenAll(busy);
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
                // Each waits for the other: with one alone this would never end.
                if (Interlocked.Increment(ref calls) == 1)
                {
                    await first.Task;
                }

                first.TrySetResult();
                await Task.Yield();
                Interlocked.Increment(ref ended);
            },
            cores: 2);
        Assert.Equal((2, 2), (calls, ended));
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
                    return;
                }

                failed.SetResult();
                throw new InvalidDataException();
            },
            cores: 2));
    }
}
