using System.Buffers;
using System.IO.Hashing;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Streaming;

/// <summary>Computes checksums of objects from known parts, and from parts that it reads only for this purpose. For one transfer.</summary>
/// <param name="prefetcher">The steps of the range.</param>
/// <param name="recorder">Records the checksums of the parts that are read.</param>
/// <param name="cancellationToken">Cancels reading.</param>
internal sealed class ChecksumReader(ObjectPrefetcher prefetcher, ChecksumRecorder? recorder, CancellationToken cancellationToken)
{
    private const int BufferSize = 64 << 10;

    /// <summary>The number of bytes that were read only for checksums.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Computes the CRC-32 of the object whose last bytes have just been read.</summary>
    public ValueTask<uint> ReadAsync()
    {
        FetchedStep next;
        do
        {
            next = Next();
        }
        while (next.Step.Action == RangeAction.Flush);

        return ReadAsync(next);
    }

    /// <summary>Computes the CRC-32 of an object that has <see cref="RangeAction.Checksum"/> steps.</summary>
    /// <param name="next">The first of these steps.</param>
    public async ValueTask<uint> ReadAsync(FetchedStep next)
    {
        var (crc, end) = (0u, 0L);
        while (true)
        {
            var step = next.Step;
            crc = CrcCombination.Combine(crc, step.Crc32, step.From - end);
            if (!step.IsRead)
            {
                return crc;
            }

            crc = CrcCombination.Combine(crc, await ReadGapAsync(next), step.To - step.From);
            end = step.To;
            next = Next();
        }
    }

    /// <summary>Returns the content of a step that reads only a part of an object. The checksums of its pieces are recorded while they are read.</summary>
    public Stream Remembered(FetchedStep next) => recorder is not null && next.Step.Object is { HasStrongETag: true, Entry.KnownCrc32: null } planned && recorder.PiecesOf(planned).Whole(planned.Size) is null
        ? new PieceStream(next.Content, planned, next.Step.From, recorder)
        : next.Content;

    private FetchedStep Next() => prefetcher.TryNext(out var next) ? next : throw new InvalidOperationException("The steps of a checksum are not complete.");

    private async ValueTask<uint> ReadGapAsync(FetchedStep next)
    {
        var step = next.Step;
        var crc = new Crc32();
        var length = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var content = Remembered(next);
            while (await content.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                crc.Append(buffer.AsSpan(0, read));
                length += read;
            }
        }
        finally
        {
            BytesRead += length;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return length == step.To - step.From
            ? crc.GetCurrentHashAsUInt32()
            : throw new ZipEntryMismatchException(step.Object.Entry.Name, ZipEntryProperty.Size, step.Object.Size, step.From + length);
    }
}
