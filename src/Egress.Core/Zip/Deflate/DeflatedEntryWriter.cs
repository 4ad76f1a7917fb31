using System.Buffers;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>Compresses entries, unless their first 64 KiB show that compression is not worthwhile.</summary>
internal sealed class DeflatedEntryWriter(
    ZipOutput output, EntryBody body, StoredEntryWriter stored, SerialDeflater serial, ZipOptions options)
{
    /// <summary>The lowest level for several cores. Below it one core compresses faster than most networks transfer.</summary>
    private const int LowestParallelLevel = 4;

    /// <summary>The smallest block. Smaller ones lose more by the start of a new compressor than the other cores gain.</summary>
    public const int SmallestBlock = 512 << 10;

    private const int FirstSerialRun = 4 << 20;
    private const int LongestSerialRun = 64 << 20;

    public async ValueTask<WrittenEntry> WriteAsync(ZipEntry entry, EntrySource source, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(StoredEntryWriter.HeadLength);
        try
        {
            var head = buffer.AsMemory(0, StoredEntryWriter.HeadLength);
            head = head[..await source.FillAsync(head, cancellationToken)];
            return Pays(head.Span, source.Ended)
                ? await WriteAfterTrialAsync(entry, head, source, cancellationToken)
                : await stored.WriteAfterHeadAsync(entry, head, source, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Compresses the first bytes, and holds the output back.</summary>
    /// <returns>Whether the output is small enough. Otherwise no output is held.</returns>
    private bool Pays(ReadOnlySpan<byte> head, bool isAll)
    {
        serial.Sink.Hold(LargestWorthwhile(head.Length));
        serial.Write(head);
        if (isAll)
        {
            serial.Finish();
        }
        else
        {
            serial.Flush(); // the trial needs all of its output
        }

        if (!serial.Sink.Overflowed && head.Length > 0)
        {
            return true;
        }

        serial.Release();
        serial.Sink.PassThrough();
        return false;
    }

    private async ValueTask<WrittenEntry> WriteAfterTrialAsync(
        ZipEntry entry, Memory<byte> head, EntrySource source, CancellationToken cancellationToken)
    {
        var header = source.Ended
            ? EntryHeader.ForWhole(entry, ZipMethod.Deflate, source.Size, serial.Sink.Held.Length, output.Position, options)
            : EntryHeader.ForDeflating(entry, output.Position, options);
        if (serial.IsHeld && !output.HasRoom(header.LocalLength + AesFormat.PrefixLength + serial.Sink.Held.Length))
        {
            await serial.FlushAsync(head, source, cancellationToken);
        }

        await body.BeginAsync(header, source.Crc32, cancellationToken);
        body.Write(serial.Sink.Held);
        serial.Sink.PassThrough();
        if (!source.Ended)
        {
            await (options.EffectiveLevel >= LowestParallelLevel && entry.Size >= options.SmallestParallelEntry
                ? CompressLargeAsync(head, source, BlockLength(entry.Size.Value), cancellationToken)
                : serial.CompressAsync(head, source, long.MaxValue, cancellationToken));
            serial.Finish();
        }

        return body.End(header, source);
    }

    /// <summary>
    /// Compresses the content after the head on several cores. Uses one core if the others are busy, if more do not help, or if the reader is slow.
    /// </summary>
    private async ValueTask CompressLargeAsync(Memory<byte> head, EntrySource source, int blockLength, CancellationToken cancellationToken)
    {
        var serialRun = FirstSerialRun;
        ReadOnlyMemory<byte> before = head;
        while (!source.Ended)
        {
            var start = source.Size;
            var lags = serial.ReaderLags;
            if (!lags && DeflateBlock.TryCreate(options.Limits, blockLength) is { } first)
            {
                serial.Release();
                await using var parallel = new ParallelDeflater(body, options.Limits, serial.Level, blockLength, before.Span);
                await parallel.RunAsync(first, source, cancellationToken);
            }

            if (!source.Ended)
            {
                serialRun = lags || source.Size - start > serialRun ? FirstSerialRun : Math.Min(2 * serialRun, LongestSerialRun);
                await serial.CompressAsync(head, source, source.Size + serialRun, cancellationToken);
                serial.Flush();
                before = default; // the next parallel run has many blocks, so a dictionary for its first one has little effect
            }
        }
    }

    /// <summary>The blocks of a small entry have equal sizes, so that the last of them does not keep one core busy alone.</summary>
    private int BlockLength(long entrySize) =>
        (int)Math.Clamp(entrySize / Environment.ProcessorCount, Math.Min(SmallestBlock, options.BlockLength), options.BlockLength);

    /// <summary>Savings of less than 5 % are not worth the time for unpacking.</summary>
    private static int LargestWorthwhile(int size) => (int)(size * 19L / 20);
}
