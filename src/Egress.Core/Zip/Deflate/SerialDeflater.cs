using System.IO.Compression;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// Compresses on the calling thread. The compressor takes a third of a MiB outside of the managed heap. While the writer waits for the reader, it
/// keeps the compressor only with a permit (<see cref="Limits.ProcessLimits.IdleCompressors"/>). Otherwise it releases the compressor after a flush
/// and continues with a new one.
/// </summary>
/// <param name="output">The output to the reader.</param>
/// <param name="body">Receives the compressed bytes.</param>
/// <param name="options">The compression level.</param>
internal sealed class SerialDeflater(ZipOutput output, EntryBody body, ZipOptions options) : IDisposable
{
    /// <summary>Output is flushed in pieces of at least this size.</summary>
    private const int SmallestFlush = 16 << 10;

    /// <summary>The smallest size of a piece if each piece needs a new compressor, which must read its dictionary again.</summary>
    private const int SmallestFlushWhenLagging = 64 << 10;

    /// <summary>An empty final block with fixed codes (RFC 1951, 3.2.3).</summary>
    private static readonly byte[] FinalBlock = [0x03, 0x00];

    private DeflateStream? _deflate;

    /// <summary>Receives the output.</summary>
    public DeflateSink Sink { get; } = new(body);

    /// <summary>The compression level.</summary>
    public ZLibCompressionOptions Level { get; } = new() { CompressionLevel = options.EffectiveLevel };

    /// <summary>Whether there is a compressor.</summary>
    public bool IsHeld => _deflate is not null;

    /// <summary>Whether the last flush, of this entry or another, waited for the reader without a compressor.</summary>
    public bool ReaderLags { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        // A compressor without input would not write an end of the stream.
        if (!data.IsEmpty)
        {
            (_deflate ??= new(Sink, Level, leaveOpen: true)).Write(data);
        }
    }

    /// <summary>Writes all output, up to a byte boundary.</summary>
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

    /// <summary>Releases the compressor without further output. The next write creates a new one.</summary>
    public void Release()
    {
        Sink.Drops = true; // disposing a stream writes its end
        End();
        Sink.Drops = false;
    }

    /// <summary>Compresses until the content ends or an offset in it is reached.</summary>
    /// <param name="buffer">The buffer for reads.</param>
    /// <param name="source">The content.</param>
    /// <param name="end">The offset.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    public async ValueTask CompressAsync(Memory<byte> buffer, EntrySource source, long end, CancellationToken cancellationToken)
    {
        while (!source.Ended && source.Size < end)
        {
            // For a slow reader a whole window is read at a time, so that the next compressor has a full dictionary.
            var read = await (ReaderLags ? source.FillAsync(buffer, cancellationToken) : source.ReadAsync(buffer, cancellationToken));
            Write(buffer.Span[..read]);
            if (output.Unflushed >= (ReaderLags ? SmallestFlushWhenLagging : SmallestFlush))
            {
                await FlushAsync(buffer[..read], source, cancellationToken);
            }
        }
    }

    /// <summary>Flushes everything to the reader of the archive. If the flush waits, the compressor may be replaced.</summary>
    /// <param name="last">The bytes that were compressed last.</param>
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

    /// <summary>Releases the compressor and the permit of an unfinished entry. Writes nothing.</summary>
    public void Dispose()
    {
        Release();
        Sink.Dispose();
    }

    /// <param name="before">The bytes that were compressed before. Their end serves as dictionary.</param>
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
