using Egress.Deliveries;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

public sealed class ByteIntervalsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("5-5", "")]
    [InlineData("0-5", "0-5")]
    [InlineData("0-5 5-9", "0-9")]
    [InlineData("5-9 0-5", "0-9")]
    [InlineData("0-5 6-9", "0-5 6-9")]
    [InlineData("0-5 6-9 5-6", "0-9")]
    [InlineData("0-1 2-3 4-5 6-7 1-6", "0-7")]
    [InlineData("3-4 0-9", "0-9")]
    [InlineData("0-9 3-4", "0-9")]
    [InlineData("8-9 0-1 4-5", "0-1 4-5 8-9")]
    public void Intervals_are_merged_where_they_touch(string added, string expected)
    {
        var intervals = new ByteIntervals();
        Add(intervals, added);
        Assert.Equal(expected, Text(intervals));
        Assert.Equal(expected, Text(ByteIntervals.FromNumbers([.. intervals.ToNumbers()])));
    }

    [Fact]
    public void Random_intervals_are_those_of_a_set_of_bytes()
    {
        var random = new Random(4711);
        for (var round = 0; round < 200; round++)
        {
            var (intervals, bytes) = (new ByteIntervals(), new HashSet<long>());
            for (var i = 0; i < 20; i++)
            {
                var from = random.Next(60);
                var to = from + random.Next(8);
                intervals.Add(from, to);
                bytes.UnionWith(Enumerable.Range(from, to - from).Select(static b => (long)b));
            }

            Assert.Equal(bytes.Count, intervals.Total);
            Assert.Equal(Enumerable.Range(0, 100).TakeWhile(b => bytes.Contains(b)).Count(), intervals.Start);
            Assert.Equal(bytes.Count == 67, intervals.Covers(67));
        }
    }

    [Fact]
    public void Beyond_the_limit_the_shortest_interval_is_removed_and_the_set_is_incomplete()
    {
        var intervals = new ByteIntervals();
        for (var i = 0; i < ByteIntervals.Most; i++)
        {
            intervals.Add(10 * i, (10 * i) + (i == 7 ? 1 : 2));
        }

        Assert.True(intervals.IsComplete);
        intervals.Add(1_000_000, 1_000_002);
        Assert.False(intervals.IsComplete);
        Assert.Equal(2 * ByteIntervals.Most, intervals.Total);
        var read = ByteIntervals.FromNumbers([.. intervals.ToNumbers()]);
        Assert.Equal((intervals.Total, false), (read.Total, read.IsComplete));
    }

    private static void Add(ByteIntervals intervals, string text)
    {
        foreach (var interval in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = interval.Split('-');
            intervals.Add(long.Parse(ends[0], provider: null), long.Parse(ends[1], provider: null));
        }
    }

    private static string Text(ByteIntervals intervals) => string.Join(' ', intervals.ToNumbers().Chunk(2).Select(static ends => $"{ends[0]}-{ends[1]}"));
}
