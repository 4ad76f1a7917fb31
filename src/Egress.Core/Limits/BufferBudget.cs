namespace Egress.Limits;

/// <summary>
/// A limit of the bytes that buffers may take. No method blocks: when the budget is used up, the caller continues without a buffer. Thread-safe.
/// </summary>
/// <param name="limit">The largest number of bytes at a time; zero is unlimited.</param>
/// <param name="parent">A larger budget that must also have room.</param>
internal sealed class BufferBudget(long limit, BufferBudget? parent = null)
{
    private long _used;

    /// <summary>Takes bytes if there is room for them.</summary>
    /// <param name="bytes">How many.</param>
    /// <returns>False if there is no room.</returns>
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

    /// <summary>Takes bytes even if there is no room for them.</summary>
    /// <param name="bytes">How many.</param>
    public void Take(long bytes)
    {
        Interlocked.Add(ref _used, bytes);
        parent?.Take(bytes);
    }

    /// <summary>Returns bytes to the budget.</summary>
    /// <param name="bytes">As many as were taken.</param>
    public void Release(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        parent?.Release(bytes);
    }
}
