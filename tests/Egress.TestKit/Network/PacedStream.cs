namespace Egress.TestKit.Network;

/// <summary>Reads another stream at a limited rate, like a slow client.</summary>
/// <param name="source">The stream to read, which is not disposed.</param>
/// <param name="bytesPerSecond">The limit in bytes per second.</param>
/// <param name="time">The clock.</param>
public sealed class PacedStream(Stream source, long bytesPerSecond, TimeProvider time) : Stream
{
    private readonly long _start = time.GetTimestamp();
    private long _total;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => _total;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        TimeSpan ahead = TimeSpan.FromSeconds((double)_total / bytesPerSecond) - time.GetElapsedTime(_start);
        if (ahead > TimeSpan.Zero)
        {
            await Task.Delay(ahead, time, cancellationToken);
        }

        // A read returns at most the bytes of a tenth of a second, so that the rate is even.
        int most = (int)Math.Clamp(bytesPerSecond / 10, 1, buffer.Length);
        int read = await source.ReadAsync(buffer[..most], cancellationToken);
        _total += read;
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }
}
