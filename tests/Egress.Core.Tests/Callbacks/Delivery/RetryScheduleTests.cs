using CsCheck;
using Egress.Callbacks.Delivery;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Delivery;

public sealed class RetryScheduleTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(1, 0.5, 5)]
    [InlineData(1, 0.0, 4)]
    [InlineData(1, 1.0, 6)]
    [InlineData(2, 0.5, 10)]
    [InlineData(3, 0.5, 20)]
    [InlineData(100, 0.0, 3600)]
    public void The_delay_doubles_with_a_fifth_of_jitter_up_to_an_hour(int attempts, double random, double seconds) =>
        Assert.Equal(seconds, RetrySchedule.DelayAfter(First, attempts, null, random).TotalSeconds, 6);

    [Theory]
    [InlineData(120, 120)]
    [InlineData(1, 5)]
    [InlineData(-60, 5)]
    [InlineData(1_000_000, 3600)]
    public void The_receiver_can_request_a_longer_delay_but_not_a_shorter_or_unlimited_one(int retryAfter, double seconds) =>
        Assert.Equal(seconds, RetrySchedule.DelayAfter(First, 1, TimeSpan.FromSeconds(retryAfter), 0.5).TotalSeconds, 6);

    [Fact]
    public void The_delay_never_leaves_its_bounds() => Gen.Int[1, 1000].Sample(attempts =>
        RetrySchedule.DelayAfter(First, attempts, null) is var delay && delay >= First * 0.8 && delay <= RetrySchedule.Longest);
}
