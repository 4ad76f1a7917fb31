using System.Buffers;
using Egress.Zip.Format;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>Writes compressed entries. An entry is stored instead if its first 64 KiB show that compression is not worthwhile.</summary>
internal sealed class DeflatedEntryWriter(
    ZipOutput output, EntryBody body, StoredEntryWriter stored, SerialDeflater serial, ZipOptions options)
{
    /// <summary>The lowest compression level at which several cores are used. At lower levels one core compresses faster than most networks transfer.</summary>
    private const int LowestParallelLevel = 4;

    /// <summary>The smallest block, in bytes. With smaller blocks, starting a new compressor for each block costs more time than other cores save.</summary>
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

    /// <summary>Compresses the first bytes as a trial, and holds the output back.</summary>
    /// <returns>Whether the output is small enough for compression to be worthwhile. If not, the output is discarded.</returns>
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
    /// Compresses the content after the head on several cores. Uses one core for a while if the others are busy, if more cores do not help, or if the reader is
    /// slow.
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

    /// <summary>
    /// Returns the length of the blocks of an entry, in bytes. A short entry is split evenly among the cores, so that no core still works on a last block while
    /// the others are idle.
    /// </summary>
    private int BlockLength(long entrySize) =>
        (int)Math.Clamp(entrySize / Environment.ProcessorCount, Math.Min(SmallestBlock, options.BlockLength), options.BlockLength);

    /// <summary>
    /// Returns the largest output, in bytes, for which compression is worthwhile. Savings of less than 5 % are not worth the time for unpacking.
    /// </summary>
    private static int LargestWorthwhile(int size) => (int)(size * 19L / 20);
}
