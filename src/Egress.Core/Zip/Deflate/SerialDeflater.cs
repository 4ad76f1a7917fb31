using System.IO.Compression;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// Compresses on the calling thread. A compressor takes a third of a MiB outside of the managed heap. While a flush waits for the reader, the compressor is
/// kept only with a permit (<see cref="Limits.ProcessLimits.IdleCompressors"/>). Without a permit it is released, and compression continues with a new one
/// after the flush.
/// </summary>
/// <param name="output">The output of the archive, which is flushed to the reader.</param>
/// <param name="body">Receives the compressed bytes.</param>
/// <param name="options">The compression level.</param>
internal sealed class SerialDeflater(ZipOutput output, EntryBody body, ZipOptions options) : IDisposable
{
    /// <summary>The number of bytes of output that are collected before a flush.</summary>
    private const int SmallestFlush = 16 << 10;

    /// <summary>
    /// The number of bytes of output that are collected before a flush if each flush needs a new compressor, whose dictionary must be compressed again.
    /// </summary>
    private const int SmallestFlushWhenLagging = 64 << 10;

    /// <summary>An empty final block with fixed codes (RFC 1951, 3.2.3).</summary>
    private static readonly byte[] FinalBlock = [0x03, 0x00];

    private DeflateStream? _deflate;

    /// <summary>Receives the output of the compressor.</summary>
    public DeflateSink Sink { get; } = new(body);

    /// <summary>The compression level.</summary>
    public ZLibCompressionOptions Level { get; } = new() { CompressionLevel = options.EffectiveLevel };

    /// <summary>Whether a compressor is in use, and was not released.</summary>
    public bool IsHeld => _deflate is not null;

    /// <summary>Whether the reader is slow: the last flush, of this or an earlier entry, waited for the reader and released the compressor.</summary>
    public bool ReaderLags { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        // No compressor is created without input, because it would not write the end of the Deflate stream.
        if (!data.IsEmpty)
        {
            (_deflate ??= new(Sink, Level, leaveOpen: true)).Write(data);
        }
    }

    /// <summary>Makes the compressor write all its output, up to a byte boundary.</summary>
    public void Flush() => _deflate?.Flush();

    /// <summary>Ends the Deflate stream, even if the compressor was released.</summary>
    public void Finish()
    {
        if (_deflate is null)
        {
            Sink.Write(FinalBlock);
        }

        End();
    }

    /// <summary>Releases the compressor and drops its further output. The next write creates a new one.</summary>
    public void Release()
    {
        Sink.Drops = true; // disposing a stream writes its end
        End();
        Sink.Drops = false;
    }

    /// <summary>Compresses until the content ends or an offset in it is reached.</summary>
    /// <param name="buffer">The buffer for reads.</param>
    /// <param name="source">The content.</param>
    /// <param name="end">The offset in the content.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    public async ValueTask CompressAsync(Memory<byte> buffer, EntrySource source, long end, CancellationToken cancellationToken)
    {
        while (!source.Ended && source.Size < end)
        {
            // For a slow reader the buffer is filled before each write, so that the next compressor gets a full dictionary.
            var read = await (ReaderLags ? source.FillAsync(buffer, cancellationToken) : source.ReadAsync(buffer, cancellationToken));
            Write(buffer.Span[..read]);
            if (output.Unflushed >= (ReaderLags ? SmallestFlushWhenLagging : SmallestFlush))
            {
                await FlushAsync(buffer[..read], source, cancellationToken);
            }
        }
    }

    /// <summary>Flushes all output to the reader of the archive. If the flush waits, the compressor may be replaced.</summary>
    /// <param name="last">The bytes that were compressed last, which serve as the dictionary of a new compressor.</param>
    /// <param name="source">The content.</param>
    /// <param name="cancellationToken">Cancels flushing.</param>
    public async ValueTask FlushAsync(ReadOnlyMemory<byte> last, EntrySource source, CancellationToken cancellationToken)
    {
        if (options.Limits.IdleCompressors.TryTake())
        {
            try
            {
                await output.FlushAsync(cancellationToken);
                ReaderLags = false;
                return;
            }
            finally
            {
                options.Limits.IdleCompressors.Release();
            }
        }

        Flush(); // the pipe cannot be written while a flush is pending
        var flushing = output.FlushAsync(cancellationToken);
        ReaderLags = !flushing.IsCompleted;
        if (ReaderLags)
        {
            Release();
        }

        await flushing;
        if (ReaderLags && !source.Ended)
        {
            Begin(last.Span);
        }
    }

    /// <summary>Releases the compressor and the buffer of an unfinished entry. Writes nothing.</summary>
    public void Dispose()
    {
        Release();
        Sink.Dispose();
    }

    /// <param name="before">The bytes that were compressed before. The last of them serve as dictionary.</param>
    private void Begin(ReadOnlySpan<byte> before)
    {
        // DeflateStream gets a dictionary only if the preceding bytes are written to it and their output is dropped. The flush makes sure that all of
        // this output is dropped.
        Sink.Drops = true;
        Write(before[^Math.Min(DeflateBlock.WindowLength, before.Length)..]);
        Flush();
        Sink.Drops = false;
    }

    private void End()
    {
        _deflate?.Dispose();
        _deflate = null;
    }
}
