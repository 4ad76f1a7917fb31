namespace Egress.Limits;

/// <summary>
/// Memory for parts of exports, from the budget that downloads use as well. A part cannot do without its memory, so it waits for others. The only part of a process never waits, even
/// if the budget is used up. Thread-safe.
/// </summary>
/// <param name="most">Parts at once.</param>
/// <param name="budget">The budget.</param>
internal sealed class PartMemory(int most, BufferBudget budget)
{
    /// <summary>Buffers have whole multiples of this, so that parts of about the same size use the same ones.</summary>
    private const int Unit = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _buffers = [];
    private TaskCompletionSource _released = NewSource();
    private int _held;

    /// <summary>Takes the memory for a part, as soon as there is room for it.</summary>
    /// <param name="length">Bytes of the part.</param>
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

    /// <summary>Takes memory for long: parts of other exports must not wait for it.</summary>
    /// <param name="length">Bytes.</param>
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
        else if (_held >= most || !budget.TryTake(length))
        {
            return null;
        }

        _held++;
        return new Lease(this, FindBuffer(length), length, isPart: true);
    }

    private byte[] FindBuffer(int length)
    {
        while (_buffers.TryPop(out var buffer))
        {
            if (buffer.Length >= length)
            {
                return buffer;
            }
        }

        return GC.AllocateUninitializedArray<byte>(checked((length + Unit - 1) / Unit * Unit));
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
            _held--;
            _buffers.Push(buffer);
            if (_held == 0)
            {
                _buffers.Clear(); // nothing is kept while no export runs
            }

            (released, _released) = (_released, NewSource());
        }

        released.SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Memory that was taken.</summary>
    internal sealed class Lease(PartMemory owner, byte[] buffer, int length, bool isPart) : IDisposable
    {
        private bool _isDisposed;

        /// <summary>The memory: as many bytes as were asked for.</summary>
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
