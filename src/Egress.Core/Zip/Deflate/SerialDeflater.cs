using System.IO.Compression;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// Compresses on the calling thread. The compressor, a third of a MiB outside of the managed heap, is there from the first byte on. When the reader
/// has to be waited for, and many others already are, it is released behind what it flushed, and a new one goes on.
/// </summary>
/// <param name="output">What is flushed to the reader.</param>
/// <param name="body">Where the compressed bytes go.</param>
/// <param name="options">How hard to try.</param>
internal sealed class SerialDeflater(ZipOutput output, EntryBody body, ZipOptions options) : IDisposable
{
    /// <summary>Output is flushed in pieces of at least this size.</summary>
    private const int SmallestFlush = 16 << 10;

    /// <summary>The same where each piece takes a compressor of its own, which reads again what comes before.</summary>
    private const int SmallestFlushWhenLagging = 64 << 10;

    /// <summary>An empty final block with fixed codes (RFC 1951, 3.2.3).</summary>
    private static readonly byte[] FinalBlock = [0x03, 0x00];

    private DeflateStream? _deflate;

    /// <summary>Where the output goes.</summary>
    public DeflateSink Sink { get; } = new(body);

    /// <summary>The level as compressors want it.</summary>
    public ZLibCompressionOptions Level { get; } = new() { CompressionLevel = options.EffectiveLevel };

    /// <summary>Whether there is a compressor.</summary>
    public bool IsHeld => _deflate is not null;

    /// <summary>Whether the reader was waited for without a compressor when last something was flushed, for this entry or another.</summary>
    public bool ReaderLags { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        // A compressor that got nothing would not end the stream either.
        if (!data.IsEmpty)
        {
            (_deflate ??= new(Sink, Level, leaveOpen: true)).Write(data);
        }
    }

    /// <summary>Puts everything out, up to a byte boundary.</summary>
    public void Flush() => _deflate?.Flush();

    /// <summary>Ends the Deflate stream, also behind compressors that were released.</summary>
    public void Finish()
    {
        if (_deflate is null)
        {
            Sink.Write(FinalBlock);
        }

        End();
    }

    /// <summary>Gives the compressor back without another byte of output. What is written next begins with a new one.</summary>
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
            // Where nothing is urgent, there is to be a whole window before the next compressor.
            var read = await (ReaderLags ? source.FillAsync(buffer, cancellationToken) : source.ReadAsync(buffer, cancellationToken));
            Write(buffer.Span[..read]);
            if (output.Unflushed >= (ReaderLags ? SmallestFlushWhenLagging : SmallestFlush))
            {
                await FlushAsync(buffer[..read], source, cancellationToken);
            }
        }
    }

    /// <summary>Hands everything to the reader of the archive. Where it has to be waited for, that may take another compressor afterwards.</summary>
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

        Flush(); // now or never: there is no writing into a pipe that is being flushed
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

    /// <summary>Gives back what an unfinished entry holds. Writes nothing.</summary>
    public void Dispose()
    {
        Release();
        Sink.Dispose();
    }

    /// <param name="before">What was compressed before: its end serves as dictionary.</param>
    private void Begin(ReadOnlySpan<byte> before)
    {
        // There is no other way to give DeflateStream a dictionary. The flush makes sure that nothing of it comes out later.
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
