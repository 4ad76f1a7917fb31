using System.Buffers;

namespace Egress.Limits;

/// <summary>
/// Buffers of one size that are used again. The shared pool of .NET keeps 32 arrays of a size for each core. A download from a fast storage holds
/// more than 32. Half of its allocations were new arrays in place of arrays that the shared pool had dropped. Idle buffers are not counted in a
/// budget: a new buffer is only allocated when there is no idle one, so there are never more buffers than the budget has allowed at one time.
/// Thread-safe.
/// </summary>
/// <param name="size">Bytes in each buffer.</param>
/// <param name="mostIdle">The largest number of idle buffers that are kept.</param>
internal sealed class BufferPool(int size, int mostIdle) : MemoryPool<byte>
{
    private readonly Lock _lock = new();

    /// <summary>The idle buffers. The one that was returned last is used first, because it is most likely still in the CPU cache.</summary>
    private readonly Stack<Buffer> _idle = new();

    /// <inheritdoc/>
    public override int MaxBufferSize => size;

    /// <summary>Takes a buffer.</summary>
    /// <param name="minBufferSize">The smallest number of bytes that the caller needs; -1 for any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The caller needs more than <see cref="MaxBufferSize"/> bytes.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, size);
        lock (_lock)
        {
            if (_idle.TryPop(out var buffer))
            {
                buffer.IsRented = true;
                return buffer;
            }
        }

        return new Buffer(this, GC.AllocateUninitializedArray<byte>(size));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Buffer buffer)
    {
        lock (_lock)
        {
            if (buffer.IsRented && _idle.Count < mostIdle)
            {
                _idle.Push(buffer);
            }

            buffer.IsRented = false;
        }
    }

    private sealed class Buffer(BufferPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        /// <summary>Whether the buffer is rented. Guarded by the lock of the pool.</summary>
        public bool IsRented { get; set; } = true;

        /// <inheritdoc/>
        public Memory<byte> Memory => bytes;

        /// <summary>Returns the buffer. A second call has no effect.</summary>
        public void Dispose() => pool.Return(this);
    }
}
