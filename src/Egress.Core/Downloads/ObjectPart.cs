using System.IO.Pipelines;
using System.Numerics;
using Egress.Storage;

namespace Egress.Downloads;

/// <summary>A piece of an object that is read in one go: the whole of it, or one range of a large remote one.</summary>
/// <param name="Object">The object.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct ObjectPart(PlannedObject Object, long Offset, long Length)
{
    private const int SmallestBuffer = 4 << 10;
    private const int LargestBuffer = 64 << 10;

    /// <summary>Whether nothing of the object comes after this part.</summary>
    public bool IsLast => Offset + Length == Object.Size;

    /// <summary>What buffering the part takes from a budget, in bytes.</summary>
    public long BufferedSize => Math.Max(Length, SmallestBuffer);

    /// <summary>Opens the part at the storage.</summary>
    /// <exception cref="BackendException">The storage failed, or the object is not the planned one any more.</exception>
    public async ValueTask<StoredObject> OpenAsync(IObjectStorage storage, CancellationToken cancellationToken)
    {
        var whole = Offset == 0 && IsLast;
        var range = new ObjectRange(Offset, whole ? null : Length, Object.ETag);
        return await storage.OpenAsync(Object.Location, range, cancellationToken).ConfigureAwait(false)
            ?? throw new BackendException(Backend.Storage, BackendFault.Changed, $"The object '{Object.Location.Key}' is gone since it was planned.");
    }

    /// <summary>Reads the part into memory, as far as it has come at any moment.</summary>
    /// <returns>A stream that hands the bytes on while they arrive; faults come out of its reads.</returns>
    public (Stream Content, Task Fetch) Buffer(IObjectStorage storage, CancellationToken cancellationToken)
    {
        var segment = (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)Length), SmallestBuffer, LargestBuffer);
        var pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: segment, useSynchronizationContext: false));
        return (pipe.Reader.AsStream(), FetchAsync(storage, pipe.Writer, segment, cancellationToken));
    }

    private async Task FetchAsync(IObjectStorage storage, PipeWriter buffer, int segment, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var source = await OpenAsync(storage, cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                int read;
                while ((read = await source.Content.ReadAsync(buffer.GetMemory(segment), cancellationToken).ConfigureAwait(false)) > 0)
                {
                    buffer.Advance(read);
                    await buffer.FlushAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // Whoever reads the buffer meets the failure there, in its turn.
            failure = e;
        }

        await buffer.CompleteAsync(failure).ConfigureAwait(false);
    }
}
