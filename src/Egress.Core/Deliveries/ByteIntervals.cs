namespace Egress.Deliveries;

/// <summary>A set of bytes of an archive: intervals in order, which neither overlap nor touch.</summary>
internal sealed class ByteIntervals
{
    /// <summary>The largest number of intervals. Beyond it the shortest one is removed, and <see cref="IsComplete"/> becomes false.</summary>
    internal const int Most = 2000;

    private readonly List<(long From, long To)> _intervals = [];

    /// <summary>Number of bytes in the set.</summary>
    public long Total => _intervals.Sum(static interval => interval.To - interval.From);

    /// <summary>End of the interval that begins with the first byte of the archive; zero if that byte is not in the set.</summary>
    public long Start => _intervals is [{ From: 0 } first, ..] ? first.To : 0;

    /// <summary>Whether the set contains all bytes that were ever added.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Adds the bytes from <paramref name="from"/> to before <paramref name="to"/>. An empty interval has no effect.</summary>
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

    /// <summary>Whether the set contains every byte of an archive.</summary>
    public bool Covers(long length) => Start >= length;

    /// <summary>Returns the set as numbers: from, to, from, to, and a zero at the end if it is not complete.</summary>
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
