using Egress.Backends;
using Egress.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>Reads a range of a file sequentially, without a buffer of its own.</summary>
/// <remarks>A read fails if the file does not have the version that was opened any more. Otherwise bytes of two versions could be sent as one file.</remarks>
/// <param name="root">Reads the version of the open file.</param>
/// <param name="file">The file, disposed with the stream.</param>
/// <param name="path">The path of the file, for messages.</param>
/// <param name="position">Offset of the first byte to read.</param>
/// <param name="end">Offset after the last byte to read.</param>
internal sealed class LocalFileStream(LocalRoot root, OpenedEntry file, string path, long position, long end) : SourceStream, ICachedContent
{
    private readonly SafeFileHandle _handle = file.Handle!;
    private long _position = position;

    /// <summary>
    /// Reads synchronously on the calling thread. An asynchronous read of the base library would only block another thread of the pool, and switching to it
    /// costs more than a read from the page cache.
    /// </summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new(TryRead(buffer, out var count) ? count : ReadNow(buffer.Span));
        }
        catch (BackendException exception)
        {
            return ValueTask.FromException<int>(exception);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(Memory<byte> buffer, out int count)
    {
        buffer = buffer[..Left(buffer.Length)];
        count = buffer.IsEmpty ? 0 : root.TryReadCached(file, buffer, _position);
        if (count > 0)
        {
            Advance(count);
        }

        return count > 0 || buffer.IsEmpty;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _handle.Dispose();
        base.Dispose(disposing);
    }

    private int ReadNow(Span<byte> buffer)
    {
        buffer = buffer[..Left(buffer.Length)];
        if (buffer.IsEmpty)
        {
            return 0;
        }

        try
        {
            return Advance(RandomAccess.Read(_handle, buffer, _position));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.From(exception, path);
        }
    }

    private int Left(int room) => (int)Math.Min(room, end - _position);

    private int Advance(int count)
    {
        if (count == 0)
        {
            throw LocalFaults.Changed(path, $"became shorter while it was read: it has {_position} of {end} bytes");
        }

        var now = root.VersionOf(_handle, path);
        if (!file.Version.IsStill(now))
        {
            throw LocalFaults.Changed(path, "was changed while it was read");
        }

        _position += count;
        return count;
    }
}
