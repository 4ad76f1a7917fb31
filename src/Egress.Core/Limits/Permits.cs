namespace Egress.Limits;

/// <summary>A number of permits, each of which stands for memory of a budget. Never blocks. Thread-safe.</summary>
/// <param name="count">How many there are.</param>
/// <param name="bytesEach">The memory that a holder uses, in bytes.</param>
/// <param name="budget">The budget that the memory is taken from.</param>
internal sealed class Permits(int count, long bytesEach, BufferBudget budget)
{
    private int _free = count;

    /// <summary>Takes a permit if there is one, and the memory for it.</summary>
    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0 && budget.TryTake(bytesEach))
        {
            return true;
        }

        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>Gives a permit back.</summary>
    public void Release()
    {
        budget.Release(bytesEach);
        Interlocked.Increment(ref _free);
    }
}
