using System.Buffers;
using System.Runtime.CompilerServices;
using Egress.Zip.Format;

namespace Egress.Zip.Writing;

/// <summary>Writes uncompressed entries. Their content is read directly into the memory of the pipe.</summary>
internal sealed class StoredEntryWriter(ZipOutput output, EntryBody body, ZipOptions options)
{
    /// <summary>The number of bytes that are read before the header of an entry of unknown size is written.</summary>
    public const int HeadLength = 64 << 10;

    /// <summary>The smallest memory for a read, in bytes. Smaller reads are not worth a call.</summary>
    private const int SmallestRead = 4 << 10;

    public ValueTask<WrittenEntry> WriteAsync(ZipEntry entry, EntrySource source, CancellationToken cancellationToken)
    {
        if (entry.Size is null)
        {
            return WriteUnknownSizeAsync(entry, source, cancellationToken);
        }

        var header = EntryHeader.PlanStored(entry, output.Position, options);
        return header.IsSmall && !header.Encrypts
            ? WriteSmallAsync(header, source, cancellationToken)
            : WriteLargeAsync(entry, header, source, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WrittenEntry> WriteLargeAsync(
        ZipEntry entry, EntryHeader header, EntrySource source, CancellationToken cancellationToken)
    {
        await body.BeginAsync(header, entry.Crc32 ?? 0, cancellationToken);
        await CopyAsync(source, cancellationToken);
        return body.End(header, source);
    }

    /// <summary>Writes an entry whose content begins before the range. The content before <paramref name="offset"/> is not read.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="offset">Offset in the content at which the source begins.</param>
    /// <param name="source">The rest of the content.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    public async ValueTask<WrittenEntry> WriteTailAsync(ZipEntry entry, long offset, EntrySource source, CancellationToken cancellationToken)
    {
        var header = EntryHeader.PlanStored(entry, output.Position, options);
        await body.BeginAsync(header, source.Crc32, cancellationToken);
        body.Skip(offset);
        await CopyAsync(source, cancellationToken);
        return body.End(header, source);
    }

    /// <summary>Writes an entry whose content begins before the range and whose CRC is determined only after the rest of the content was written.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="offset">Offset in the content at which the source begins.</param>
    /// <param name="source">The rest of the content.</param>
    /// <param name="crc32">Returns the CRC of the whole content. Called after everything before the data descriptor was flushed.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    public async ValueTask<WrittenEntry> WriteRestAsync(
        ZipEntry entry, long offset, EntrySource source, Func<ValueTask<uint>> crc32, CancellationToken cancellationToken)
    {
        var header = EntryHeader.PlanStored(entry, output.Position, options);
        await body.BeginAsync(header, 0, cancellationToken);
        body.Skip(offset);
        await CopyAsync(source, cancellationToken);
        await output.FlushUnflushedAsync(cancellationToken);
        var size = header.Size!.Value;
        return body.EndWith(header, new ZipEntryResult(size, size, await crc32()));
    }

    /// <summary>Skips an entry whose header and content are before the range. Writes its data descriptor, if it has one.</summary>
    public WrittenEntry Skip(ZipEntry entry, uint crc32)
    {
        var header = EntryHeader.PlanStored(entry, output.Position, options);
        var size = header.Size!.Value;
        output.Skip(header.LocalLength + size);
        return body.EndWith(header, new ZipEntryResult(size, size, crc32));
    }

    /// <summary>Writes an entry whose first bytes were already read. If the source has ended, these are the whole content.</summary>
    public async ValueTask<WrittenEntry> WriteAfterHeadAsync(
        ZipEntry entry, ReadOnlyMemory<byte> head, EntrySource source, CancellationToken cancellationToken)
    {
        var header = source.Ended
            ? EntryHeader.ForWhole(entry, ZipMethod.Stored, source.Size, source.Size, output.Position, options)
            : EntryHeader.PlanStored(entry, output.Position, options);
        await body.BeginAsync(header, entry.Crc32 ?? source.Crc32, cancellationToken);
        await body.WriteAsync(head, cancellationToken);
        await CopyAsync(source, cancellationToken);
        return body.End(header, source);
    }

    /// <summary>
    /// Writes a small entry. Its content is read completely into the memory after its header, before the header is written. The header can then contain the
    /// CRC, and neither a data descriptor nor a second buffer is needed.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WrittenEntry> WriteSmallAsync(EntryHeader header, EntrySource source, CancellationToken cancellationToken)
    {
        var size = (int)header.Size!.Value;
        var length = header.LocalLength + size;
        await output.MakeRoomAsync(length, cancellationToken);
        var room = output.GetMemory(length);
        await source.FillAsync(room.Slice(header.LocalLength, size), cancellationToken);
        var crc = source.Crc32;
        header.WriteLocal(room.Span, crc);
        output.Advance(length);
        return new(header, new ZipEntryResult(size, size, crc));
    }

    private async ValueTask<WrittenEntry> WriteUnknownSizeAsync(ZipEntry entry, EntrySource source, CancellationToken cancellationToken)
    {
        var head = ArrayPool<byte>.Shared.Rent(HeadLength);
        try
        {
            var length = await source.FillAsync(head.AsMemory(0, HeadLength), cancellationToken);
            return await WriteAfterHeadAsync(entry, head.AsMemory(0, length), source, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    private async ValueTask CopyAsync(EntrySource source, CancellationToken cancellationToken)
    {
        while (!source.Ended && !output.IsPastRange)
        {
            await output.MakeRoomAsync(SmallestRead, cancellationToken);
            var room = body.GetMemory();
            var read = await source.ReadAsync(room, cancellationToken);
            body.Advance(room.Span[..read]);
        }
    }
}
