using System.IO.Pipelines;
using System.Numerics;

namespace Egress.Limits;

/// <summary>The memory of chunks that are fetched, for all downloads of a process. Thread-safe.</summary>
internal sealed class ChunkBuffers
{
    /// <summary>The smallest buffer, in bytes.</summary>
    public const int Smallest = 4 << 10;

    private const int Largest = 64 << 10;

    /// <summary>Idle buffers of the largest size that are kept: as many as one download holds with the default of <c>DOWNLOAD_MEMORY</c>, 16 MiB.</summary>
    private const int MostIdle = 256;

    /// <summary>
    /// The options by the size of the segments, which doubles from one to the next. Arrays of the smaller sizes come from the shared pool.
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
