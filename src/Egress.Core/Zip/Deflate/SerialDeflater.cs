using System.IO.Compression;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// Compresses on the calling thread. The compressor takes a third of a MiB outside of the managed heap. While the reader is waited for, it is kept
/// only with a permit (<see cref="Limits.ProcessLimits.IdleCompressors"/>); otherwise it is released after a flush, and a new one continues.
/// </summary>
/// <param name="output">What is flushed to the reader.</param>
/// <param name="body">Where the compressed bytes go.</param>
/// <param name="options">How hard to try.</param>
internal sealed class SerialDeflater(ZipOutput output, EntryBody body, ZipOptions options) : IDisposable
{
    /// <summary>Output is flushed in pieces of at least this size.</summary>
    private const int SmallestFlush = 16 << 10;

    /// <summary>The same if each piece takes its own compressor, which must read its dictionary again.</summary>
    private const int SmallestFlushWhenLagging = 64 << 10;

    /// <summary>An empty final block with fixed codes (RFC 1951, 3.2.3).</summary>
    private static readonly byte[] FinalBlock = [0x03, 0x00];

    private DeflateStream? _deflate;

    /// <summary>Where the output goes.</summary>
    public DeflateSink Sink { get; } = new(body);

    /// <summary>The compression level.</summary>
    public ZLibCompressionOptions Level { get; } = new() { CompressionLevel = options.EffectiveLevel };

    /// <summary>Whether there is a compressor.</summary>
    public bool IsHeld => _deflate is not null;

    /// <summary>Whether the last flush, of this entry or another, waited for the reader without a compressor.</summary>
    public bool ReaderLags { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        // A compressor without input would not end the stream either.
        if (!data.IsEmpty)
        {
            (_deflate ??= new(Sink, Level, leaveOpen: true)).Write(data);
        }
    }

    /// <summary>Writes all output, up to a byte boundary.</summary>
    public void Flush() => _deflate?.Flush();

    /// <summary>Ends the Deflate stream, also after compressors that were released.</summary>
    public void Finish()
    {
        if (_deflate is null)
        {
            Sink.Write(FinalBlock);
        }

        End();
    }

    /// <summary>Releases the compressor without another byte of output. The next write creates a new one.</summary>
    public void Release()
    {
        Sink.Drops = true; // ending a stream writes
        End();
        Sink.Drops = false;
    }

    /// <summary>Compresses until the content ends, or a place in it is reached.</summary>
    /// <param name="buffer">Room for what is read at once.</param>
    /// <param name="source">The content.</param>
    /// <param name="end">The place.</param>
    /// <param name="cancellationToken">Ends reading and flushing.</param>
    public async ValueTask CompressAsync(Memory<byte> buffer, EntrySource source, long end, CancellationToken cancellationToken)
    {
        while (!source.Ended && source.Size < end)
        {
            // For a reader that lags, a whole window is read, so that the next compressor has a full dictionary.
            var read = await (ReaderLags ? source.FillAsync(buffer, cancellationToken) : source.ReadAsync(buffer, cancellationToken));
            Write(buffer.Span[..read]);
            if (output.Unflushed >= (ReaderLags ? SmallestFlushWhenLagging : SmallestFlush))
            {
                await FlushAsync(buffer[..read], source, cancellationToken);
            }
        }
    }

    /// <summary>Flushes everything to the reader of the archive. If that waits, another compressor may continue afterwards.</summary>
    /// <param name="last">What was compressed last.</param>
    /// <param name="source">The content.</param>
    /// <param name="cancellationToken">Ends flushing.</param>
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

    /// <summary>Releases what an unfinished entry holds. Writes nothing.</summary>
    public void Dispose()
    {
        Release();
        Sink.Dispose();
    }

    /// <param name="before">What was compressed before: its end serves as dictionary.</param>
    private void Begin(ReadOnlySpan<byte> before)
    {
        // There is no other way to give DeflateStream a dictionary. The flush ensures that none of its output comes later.
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
