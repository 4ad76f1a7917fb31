using Egress.Limits;
using Xunit;

namespace Egress.Core.Tests.Limits;

public sealed class WeightedGateTests
{
    private readonly WeightedGate _gate = new(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_that_fits_runs_at_once_and_the_rest_waits_in_order()
    {
        var first = await _gate.EnterAsync(6, Stop);
        var second = await _gate.EnterAsync(4, Stop);
        var (third, fourth) = (EnterAsync(7), EnterAsync(1));
        Assert.False(third.IsCompleted || fourth.IsCompleted);

        second.Dispose();
        Assert.False(third.IsCompleted || fourth.IsCompleted);

        first.Dispose();
        (await third).Dispose();
        (await fourth).Dispose();
    }

    [Fact]
    public async Task Work_that_is_heavier_than_the_limit_runs_alone()
    {
        var small = await _gate.EnterAsync(1, Stop);
        var large = EnterAsync(1000);
        Assert.False(large.IsCompleted);
        small.Dispose();
        var pass = await large;
        var next = EnterAsync(1);
        Assert.False(next.IsCompleted);
        pass.Dispose();
        (await next).Dispose();
        (await EnterAsync(10)).Dispose();
    }

    [Fact]
    public async Task Work_that_is_canceled_while_it_waits_makes_room_for_later_work()
    {
        using var cancellation = new CancellationTokenSource();
        var first = await _gate.EnterAsync(5, Stop);
        var heavy = _gate.EnterAsync(6, cancellation.Token).AsTask();
        var light = EnterAsync(5);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => heavy);
        (await light).Dispose();
        first.Dispose();
        (await EnterAsync(10)).Dispose();
    }

    [Fact]
    public async Task The_limit_holds_for_any_order_of_arrivals_and_cancellations()
    {
        var (running, most) = (0L, 0L);
        await Parallel.ForEachAsync(Enumerable.Range(1, 2000), Stop, async (number, stop) =>
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var weight = (number % 12) + 1;
            var entering = _gate.EnterAsync(weight, cancellation.Token).AsTask();
            if (number % 5 == 0)
            {
                await cancellation.CancelAsync();
            }

            await ((Task)entering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (entering.IsCompletedSuccessfully)
            {
                var now = Interlocked.Add(ref running, Math.Min(weight, 10));
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Add(ref running, -Math.Min(weight, 10));
                (await entering).Dispose();
            }
        });
        Assert.InRange(most, 1, 10);
        (await EnterAsync(10)).Dispose();
    }

    private static void InterlockedMax(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target); seen < value && Interlocked.CompareExchange(ref target, value, seen) != seen; seen = Volatile.Read(ref target))
        {
            // Another thread has changed the value in between.
        }
    }

    private Task<IDisposable> EnterAsync(long weight) => _gate.EnterAsync(weight, Stop).AsTask();
}
