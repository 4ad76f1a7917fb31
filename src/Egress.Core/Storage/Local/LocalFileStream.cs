using Egress.Backends;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>A stretch of a file, read forward without a buffer of its own. A file that shrank meanwhile is a fault, not an early end.</summary>
/// <param name="handle">The file, disposed with the stream.</param>
/// <param name="path">For messages.</param>
/// <param name="position">First byte to read.</param>
/// <param name="end">Where to stop.</param>
internal sealed class LocalFileStream(SafeFileHandle handle, string path, long position, long end) : SourceStream
{
    private long _position = position;

    /// <summary>
    /// Reads on the calling thread. No system reads files asynchronously: the base library would only have another thread of the pool
    /// wait instead of this one, which costs more than reading what is in the page cache.
    /// </summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new(ReadNow(buffer.Span));
        }
        catch (BackendException exception)
        {
            return ValueTask.FromException<int>(exception);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        handle.Dispose();
        base.Dispose(disposing);
    }

    private int ReadNow(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, end - _position)];
        if (buffer.IsEmpty)
        {
            return 0;
        }

        try
        {
            return Advance(RandomAccess.Read(handle, buffer, _position));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.From(exception, path);
        }
    }

    private int Advance(int count)
    {
        if (count == 0)
        {
            throw LocalFaults.Changed(path, $"became shorter while it was read: {_position} of {end} bytes are there");
        }

        _position += count;
        return count;
    }
}
