namespace Egress.Downloads.Fetching;

/// <summary>Bytes that look-ahead may hold. Nobody ever waits for it: what finds no room is read when its turn comes. Thread-safe.</summary>
/// <param name="limit">Most bytes at once; zero is unlimited.</param>
/// <param name="parent">A larger budget that must have room too.</param>
public sealed class BufferBudget(long limit, BufferBudget? parent = null)
{
    private long _used;

    /// <summary>Bytes taken now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes bytes when there is room for them.</summary>
    /// <param name="bytes">How many.</param>
    /// <returns>False when there is no room; nothing is taken then.</returns>
    public bool TryTake(long bytes)
    {
        var fits = Interlocked.Add(ref _used, bytes) <= limit || limit == 0;
        if (fits && (parent is null || parent.TryTake(bytes)))
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    /// <param name="bytes">As many as were taken.</param>
    public void Release(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        parent?.Release(bytes);
    }
}
