using Egress.Limits;
using Xunit;

namespace Egress.Core.Tests.Limits;

public sealed class BufferPoolTests
{
    private const int Size = 4 << 10;

    [Fact]
    public void The_buffer_that_was_returned_last_is_used_first()
    {
        var pool = new BufferPool(Size, 8);
        var (first, second) = (pool.Rent(), pool.Rent(Size));
        Assert.Equal(Size, first.Memory.Length);
        Assert.NotEqual(first.Memory, second.Memory);
        first.Dispose();
        second.Dispose();
        Assert.Same(second, pool.Rent(1));
        Assert.Same(first, pool.Rent(-1));
    }

    [Fact]
    public void A_buffer_that_is_returned_twice_is_rented_once()
    {
        var pool = new BufferPool(Size, 8);
        var buffer = pool.Rent();
        buffer.Dispose();
        buffer.Dispose();
        Assert.Same(buffer, pool.Rent());
        Assert.NotSame(buffer, pool.Rent());
    }

    [Fact]
    public void No_more_buffers_are_kept_than_allowed()
    {
        var pool = new BufferPool(Size, 1);
        var (first, second) = (pool.Rent(), pool.Rent());
        first.Dispose();
        second.Dispose();
        Assert.Same(first, pool.Rent());
        Assert.NotSame(second, pool.Rent());
    }

    [Fact]
    public void More_than_a_buffer_holds_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BufferPool(Size, 8).Rent(Size + 1));
}
