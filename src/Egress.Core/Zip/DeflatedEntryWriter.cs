using System.Buffers;
using System.IO.Compression;

namespace Egress.Zip;

/// <summary>Compresses entries, unless their first 64 KiB show that it does not pay.</summary>
internal sealed class DeflatedEntryWriter(ZipOutput output, EntryBody body, StoredEntryWriter stored, ZipOptions options)
{
    /// <summary>Output is flushed in pieces of at least this size.</summary>
    private const int SmallestFlush = 16 << 10;

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
        var sink = new DeflateSink(body, LargestWorthwhile(head.Length));
        var deflate = new DeflateStream(sink, _level, leaveOpen: true);
        try
        {
            deflate.Write(head.Span);
            if (source.Ended)
            {
                deflate.Dispose();
            }
            else
            {
                deflate.Flush(); // the only one: the trial needs all of its output
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
            await CompressAsync(deflate, head, source, cancellationToken);
            deflate.Dispose();
            return body.End(header, source);
        }
        finally
        {
            sink.Drop();
            deflate.Dispose();
        }
    }

    private async ValueTask CompressAsync(DeflateStream deflate, Memory<byte> buffer, EntrySource source, CancellationToken cancellationToken)
    {
        while (!source.Ended)
        {
            var read = await source.ReadAsync(buffer, cancellationToken);
            deflate.Write(buffer.Span[..read]);
            if (output.Unflushed >= SmallestFlush)
            {
                await output.FlushAsync(cancellationToken);
            }
        }
    }

    /// <summary>Less than 5 % is not worth the time that unpacking takes.</summary>
    private static int LargestWorthwhile(int size) => (int)(size * 19L / 20);
}
