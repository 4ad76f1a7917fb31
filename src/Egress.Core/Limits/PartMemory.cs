namespace Egress.Limits;

/// <summary>
/// The memory in which parts of exports are built, taken from the budget that downloads also use. A part cannot be built without memory, so it waits
/// until other parts release theirs. It never waits if no other part has memory, even if the budget is used up. Thread-safe.
/// </summary>
/// <param name="most">The largest number of parts at a time.</param>
/// <param name="mostBytes">The limit of the bytes of all parts. It does not apply to up to <see cref="AnySize"/> parts.</param>
/// <param name="usualLength">The largest size of a usual part. Buffers have at least this size, so that each can be used again for any usual
/// part.</param>
/// <param name="budget">The budget.</param>
internal sealed class PartMemory(int most, long mostBytes, int usualLength, BufferBudget budget)
{
    /// <summary>The size of a buffer is a multiple of this number of bytes.</summary>
    private const int Unit = 1 << 20;

    /// <summary>
    /// The number of parts that are always built at the same time, regardless of their size. Otherwise an export with large parts would build them
    /// one after the other.
    /// </summary>
    public const int AnySize = 4;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _buffers = [];

    /// <summary>
    /// Weak references to the free buffers, filled when the last part releases its memory. The next export reuses those that were not
    /// garbage-collected.
    /// </summary>
    private readonly List<WeakReference<byte[]>> _idle = [];

    private TaskCompletionSource _released = NewSource();
    private int _held;
    private long _heldBytes;

    /// <summary>Takes the memory for a part, as soon as there is room for it.</summary>
    /// <param name="length">The number of bytes of the part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The memory, which the caller disposes.</returns>
    public async ValueTask<Lease> TakeAsync(int length, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task released;
            lock (_lock)
            {
                if (TryTake(length) is { } lease)
                {
                    return lease;
                }

                released = _released.Task;
            }

            await released.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Takes memory that is held for a long time. It is taken without a wait and does not count as a part, so that parts of other exports do not wait
    /// for it.
    /// </summary>
    /// <param name="length">The number of bytes.</param>
    /// <returns>The memory, which the caller disposes.</returns>
    public Lease TakeApart(int length)
    {
        budget.Take(length);
        return new Lease(this, new byte[length], length, isPart: false);
    }

    private Lease? TryTake(int length)
    {
        if (_held == 0)
        {
            budget.Take(length);
        }
        else if (_held >= most || (_held >= AnySize && _heldBytes + length > mostBytes) || !budget.TryTake(length))
        {
            return null;
        }

        (_held, _heldBytes) = (_held + 1, _heldBytes + length);
        return new Lease(this, FindBuffer(length), length, isPart: true);
    }

    private byte[] FindBuffer(int length)
    {
        foreach (var idle in _idle)
        {
            if (idle.TryGetTarget(out var kept))
            {
                _buffers.Push(kept);
            }
        }

        _idle.Clear();
        while (_buffers.TryPop(out var buffer))
        {
            if (buffer.Length >= length)
            {
                return buffer;
            }
        }

        return GC.AllocateUninitializedArray<byte>(checked((Math.Max(length, usualLength) + Unit - 1) / Unit * Unit));
    }

    private void Release(byte[] buffer, int length, bool isPart)
    {
        budget.Release(length);
        if (!isPart)
        {
            return;
        }

        TaskCompletionSource released;
        lock (_lock)
        {
            (_held, _heldBytes) = (_held - 1, _heldBytes - length);
            _buffers.Push(buffer);
            if (_held == 0)
            {
                _idle.AddRange(_buffers.Select(static kept => new WeakReference<byte[]>(kept)));
                _buffers.Clear();
            }

            (released, _released) = (_released, NewSource());
        }

        released.SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Memory that was taken. Disposing it releases the memory.</summary>
    internal sealed class Lease(PartMemory owner, byte[] buffer, int length, bool isPart) : IDisposable
    {
        private bool _isDisposed;

        /// <summary>The memory, with exactly the requested length.</summary>
        public Memory<byte> Memory => buffer.AsMemory(0, length);

        /// <inheritdoc/>
        public void Dispose()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                owner.Release(buffer, length, isPart);
            }
        }
    }
}
