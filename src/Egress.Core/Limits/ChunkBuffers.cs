using System.IO.Pipelines;
using System.Numerics;

namespace Egress.Limits;

/// <summary>The buffers for the object chunks that all downloads of a process fetch. Thread-safe.</summary>
internal sealed class ChunkBuffers
{
    /// <summary>The smallest buffer, in bytes.</summary>
    public const int Smallest = 4 << 10;

    private const int Largest = 64 << 10;

    /// <summary>
    /// The largest number of idle buffers of the largest size. Together they have 16 MiB, which is the default of <c>DOWNLOAD_MEMORY</c> and so the
    /// most that one download holds.
    /// </summary>
    private const int MostIdle = 256;

    /// <summary>
    /// The options for each size of segments, from the smallest to the largest, each size twice the one before. Segments below the largest size come
    /// from the shared pool.
    /// </summary>
    private readonly PipeOptions[] _bySize =
        [.. Enumerable.Range(0, BitOperations.Log2(Largest / Smallest) + 1).Select(static power => OptionsOf(Smallest << power))];

    /// <summary>Returns the options of the buffer for a chunk. Its segments have the size of the chunk, or the largest size.</summary>
    /// <param name="length">Its length, in bytes.</param>
    public PipeOptions For(long length)
    {
        var segment = (uint)Math.Clamp(BitOperations.RoundUpToPowerOf2((ulong)length), Smallest, Largest);
        return _bySize[BitOperations.Log2(segment / Smallest)];
    }

    private static PipeOptions OptionsOf(int segment) => new(
        segment == Largest ? new BufferPool(Largest, MostIdle) : null,
        pauseWriterThreshold: 0,
        resumeWriterThreshold: 0,
        minimumSegmentSize: segment,
        useSynchronizationContext: false);
}
