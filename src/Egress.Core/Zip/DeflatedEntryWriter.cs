using System.Buffers;
using System.IO.Compression;

namespace Egress.Zip;

/// <summary>Compresses entries, unless their first 64 KiB show that it does not pay.</summary>
internal sealed class DeflatedEntryWriter(ZipOutput output, EntryBody body, StoredEntryWriter stored, ZipOptions options)
{
    /// <summary>Output is flushed in pieces of at least this size.</summary>
    private const int SmallestFlush = 16 << 10;

    /// <summary>Below this level one core compresses faster than most networks carry.</summary>
    private const int LowestParallelLevel = 4;

    /// <summary>Smaller blocks lose more by starting over than the other cores win.</summary>
    public const int SmallestBlock = 512 << 10;

    private const int FirstSerialRun = 4 << 20;
    private const int LongestSerialRun = 64 << 20;

    /// <summary>An empty final block with fixed codes (RFC 1951, 3.2.3).</summary>
    private static readonly byte[] FinalBlock = [0x03, 0x00];

    private readonly ZLibCompressionOptions _level = new() { CompressionLevel = options.EffectiveLevel };

    public async ValueTask<WrittenEntry> WriteAsync(ZipEntry entry, EntrySource source, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(StoredEntryWriter.HeadLength);
        try
        {
            var head = buffer.AsMemory(0, StoredEntryWriter.HeadLength);
            head = head[..await source.FillAsync(head, cancellationToken)];
            return await WriteAfterTrialAsync(entry, head, source, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<WrittenEntry> WriteAfterTrialAsync(
        ZipEntry entry, Memory<byte> head, EntrySource source, CancellationToken cancellationToken)
    {
        var sink = new DeflateSink(body);
        using var deflate = new SerialDeflater(sink, _level);
        sink.Hold(LargestWorthwhile(head.Length));
        deflate.Write(head.Span);
        if (source.Ended)
        {
            deflate.Finish();
        }
        else
        {
            deflate.Flush(); // the trial needs all of its output
        }

        if (sink.Overflowed || head.Length == 0)
        {
            return await stored.WriteAfterHeadAsync(entry, head, source, cancellationToken);
        }

        var header = source.Ended
            ? EntryHeader.ForWhole(entry, ZipMethod.Deflate, source.Size, sink.Held.Length, output.Position, options)
            : EntryHeader.ForDeflating(entry, output.Position, options);
        await body.BeginAsync(header, source.Crc32, cancellationToken);
        await body.WriteAsync(sink.Held, cancellationToken);
        sink.PassThrough();
        if (options.EffectiveLevel >= LowestParallelLevel && entry.Size >= options.SmallestParallelEntry)
        {
            await CompressLargeAsync(deflate, sink, head, source, BlockLength(entry.Size.Value), cancellationToken);
        }
        else
        {
            await CompressAsync(deflate, head, source, long.MaxValue, cancellationToken);
            deflate.Finish();
        }

        return body.End(header, source);
    }

    /// <summary>Compresses what follows the head on several cores, and on one where they are busy or more do not help.</summary>
    private async ValueTask CompressLargeAsync(
        SerialDeflater serial, DeflateSink sink, Memory<byte> head, EntrySource source, int blockLength, CancellationToken cancellationToken)
    {
        var serialRun = FirstSerialRun;
        ReadOnlyMemory<byte> before = head;
        while (!source.Ended)
        {
            var start = source.Size;
            if (DeflateBlock.TryCreate(blockLength) is { } first)
            {
                serial.Dispose();
                await using var parallel = new ParallelDeflater(body, _level, blockLength, before.Span);
                await parallel.RunAsync(first, source, cancellationToken);
            }

            if (!source.Ended)
            {
                serialRun = source.Size - start > serialRun ? FirstSerialRun : Math.Min(2 * serialRun, LongestSerialRun);
                sink.PassThrough();
                await CompressAsync(serial, head, source, source.Size + serialRun, cancellationToken);
                serial.Flush();
                before = default; // a dictionary is not worth keeping for one block in so many
            }
        }

        body.Write(FinalBlock);
    }

    private async ValueTask CompressAsync(
        SerialDeflater deflate, Memory<byte> buffer, EntrySource source, long end, CancellationToken cancellationToken)
    {
        while (!source.Ended && source.Size < end)
        {
            var read = await source.ReadAsync(buffer, cancellationToken);
            deflate.Write(buffer.Span[..read]);
            if (output.Unflushed >= SmallestFlush)
            {
                await output.FlushAsync(cancellationToken);
            }
        }
    }

    /// <summary>The blocks of a small entry are alike, so that no core is left alone with the last of them.</summary>
    private int BlockLength(long entrySize) =>
        (int)Math.Clamp(entrySize / Environment.ProcessorCount, Math.Min(SmallestBlock, options.BlockLength), options.BlockLength);

    /// <summary>Less than 5 % is not worth the time that unpacking takes.</summary>
    private static int LargestWorthwhile(int size) => (int)(size * 19L / 20);
}
