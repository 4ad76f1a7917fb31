using System.IO.Hashing;
using CsCheck;
using Egress.Downloads.Checksums;
using Egress.Limits;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Downloads.Checksums;

public sealed class PiecesTests
{
    private const int Size = 1_000;

    private static readonly byte[] Content = [.. Enumerable.Range(0, Size).Select(static i => (byte)(i * 31))];

    [Fact]
    public void Known_parts_and_what_is_read_of_the_gaps_make_the_checksum_of_the_whole() =>
        Gen.Select(Gen.Int[0, Size], Gen.Int[0, Size]).Array[0, 30].Sample(ranges =>
        {
            var pieces = ranges.Aggregate(Pieces.None, static (known, range) =>
                known.With(Of(Math.Min(range.Item1, range.Item2), Math.Max(range.Item1, range.Item2))));
            var (gaps, after) = pieces.GapsIn(Size);
            var (crc, end, read) = (0u, 0L, 0L);
            foreach (var gap in gaps)
            {
                Assert.InRange(gap.From, end, gap.To - 1);
                crc = CrcCombination.Combine(crc, gap.Before, gap.From - end);
                crc = CrcCombination.Combine(crc, Of(gap.From, gap.To).Crc32, gap.To - gap.From);
                (end, read) = (gap.To, read + gap.To - gap.From);
            }

            Assert.Equal(Crc32.HashToUInt32(Content), CrcCombination.Combine(crc, after, Size - end));
            Assert.Equal(gaps.Count == 0, pieces.Whole(Size) is not null);
            Assert.Equal(gaps.Count == 0 || gaps[0].From > 0, pieces.Cover(1));
        });

    [Fact]
    public void Parts_that_abut_are_one_in_any_order() => Gen.Shuffle(Enumerable.Range(0, 20).ToArray()).Sample(order =>
    {
        var pieces = Pieces.None;
        foreach (var number in order)
        {
            Assert.Null(pieces.Whole(Size));
            pieces = pieces.With(Of(number * 50, (number + 1) * 50));
        }

        Assert.Equal((1, Crc32.HashToUInt32(Content)), (pieces.Count, pieces.Whole(Size)));
        Assert.Same(pieces, pieces.With(Of(120, 130)));
    });

    [Fact]
    public void Of_parts_that_overlap_the_longer_is_kept()
    {
        var pieces = Pieces.None.With(Of(0, 100)).With(Of(200, 300));
        Assert.Same(pieces, pieces.With(Of(90, 150)));
        Assert.Equal([0, 100, 200, 300], pieces.Borders);
        Assert.Equal([90, 310], pieces.With(Of(90, 310)).Borders);
        Assert.Equal([0, 300], pieces.With(Of(100, 200)).Borders);
    }

    [Fact]
    public void The_parts_that_were_used_last_are_kept()
    {
        var memory = new PieceMemory(new BufferBudget(0), most: 3);
        memory.Add("a", Of(0, 10));
        memory.Add("b", Of(0, 10));
        memory.Add("b", Of(20, 30));
        Assert.Equal(1, memory.Find("a").Count);
        memory.Add("c", Of(0, 10));
        Assert.Equal((1, 0, 1), (memory.Find("a").Count, memory.Find("b").Count, memory.Find("c").Count));
        memory.Add("a", Of(10, 20));
        Assert.True(memory.Find("a").Cover(20));
        memory.Add("d", Of(0, 10));
        Assert.Equal((1, 1, 1), (memory.Find("a").Count, memory.Find("c").Count, memory.Find("d").Count));
    }

    [Fact]
    public void Parts_take_their_memory_from_the_budget_of_the_process_and_return_it()
    {
        var budget = new BufferBudget(1000);
        var memory = new PieceMemory(budget);
        foreach (var key in (string[])["a", "b", "c", "d"])
        {
            var (pieces, isNew) = memory.Add(key, Of(0, 10));
            Assert.Equal((1, true), (pieces.Count, isNew));
        }

        Assert.Equal((0, 0, 0), (memory.Find("a").Count, memory.Find("e").Count, budget.TryTake(500) ? 1 : 0));
        Assert.Equal((1, 1, 1), (memory.Find("b").Count, memory.Find("c").Count, memory.Find("d").Count));

        // Other users take the rest of the budget. Then new checksums are not stored, but a request still uses the checksums that it has computed
        // itself.
        var full = new BufferBudget(100);
        Assert.Equal(1, new PieceMemory(full).Add("a", Of(0, 10)).Pieces.Count);
        Assert.True(full.TryTake(100));
    }

    private static Piece Of(long from, long to) => new(from, to, Crc32.HashToUInt32(Content.AsSpan((int)from..(int)to)));
}
