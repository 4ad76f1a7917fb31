namespace Egress.Deliveries;

/// <summary>A set of bytes of an archive, stored as sorted intervals that neither overlap nor touch.</summary>
internal sealed class ByteIntervals
{
    /// <summary>The largest number of intervals. If there are more, the shortest one is removed, and <see cref="IsComplete"/> becomes false.</summary>
    internal const int Most = 2000;

    private readonly List<(long From, long To)> _intervals = [];

    /// <summary>Number of bytes in the set.</summary>
    public long Total => _intervals.Sum(static interval => interval.To - interval.From);

    /// <summary>The end of the interval at the start of the archive; zero if the first byte of the archive is not in the set.</summary>
    public long Start => _intervals is [{ From: 0 } first, ..] ? first.To : 0;

    /// <summary>Whether the set contains all bytes that were added. It is false after intervals were removed.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Adds the bytes from <paramref name="from"/> up to, but not including, <paramref name="to"/>. An empty interval has no effect.</summary>
    public void Add(long from, long to)
    {
        if (from >= to)
        {
            return;
        }

        var first = _intervals.FindIndex(interval => interval.To >= from);
        first = first < 0 ? _intervals.Count : first;
        var count = 0;
        while (first + count < _intervals.Count && _intervals[first + count] is var next && next.From <= to)
        {
            (from, to) = (Math.Min(from, next.From), Math.Max(to, next.To));
            count++;
        }

        _intervals.RemoveRange(first, count);
        _intervals.Insert(first, (from, to));
        if (_intervals.Count > Most)
        {
            _intervals.Remove(_intervals.MinBy(static interval => interval.To - interval.From));
            IsComplete = false;
        }
    }

    /// <summary>Whether the set contains every byte of an archive of this length.</summary>
    public bool Covers(long length) => Start >= length;

    /// <summary>Returns the set as numbers: the start and the end of each interval, and a zero at the end if the set is not complete.</summary>
    public IEnumerable<long> ToNumbers()
    {
        foreach (var (from, to) in _intervals)
        {
            yield return from;
            yield return to;
        }

        if (!IsComplete)
        {
            yield return 0;
        }
    }

    /// <summary>Reads the result of <see cref="ToNumbers"/>.</summary>
    public static ByteIntervals FromNumbers(IReadOnlyList<long> numbers)
    {
        var result = new ByteIntervals();
        for (var i = 0; i + 1 < numbers.Count; i += 2)
        {
            result.Add(numbers[i], numbers[i + 1]);
        }

        result.IsComplete = numbers.Count % 2 == 0;
        return result;
    }
}
