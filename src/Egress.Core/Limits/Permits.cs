namespace Egress.Limits;

/// <summary>A fixed number of permits, each of which takes memory from a budget. No method blocks. Thread-safe.</summary>
/// <param name="count">The number of permits.</param>
/// <param name="bytesEach">The memory that a holder uses, in bytes.</param>
/// <param name="budget">The budget from which the memory is taken.</param>
internal sealed class Permits(int count, long bytesEach, BufferBudget budget)
{
    private int _free = count;

    /// <summary>Takes a permit and its memory, if both are available.</summary>
    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0 && budget.TryTake(bytesEach))
        {
            return true;
        }

        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>Returns a permit and its memory.</summary>
    public void Release()
    {
        budget.Release(bytesEach);
        Interlocked.Increment(ref _free);
    }
}
