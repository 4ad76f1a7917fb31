using System.Buffers;

namespace Egress.Limits;

/// <summary>
/// Owns the resources that all downloads of a process share: the memory for buffers and caches, the threads for computations, and the compressors.
/// Registered once and injected. Thread-safe.
/// </summary>
internal sealed class ProcessLimits
{
    /// <summary>The largest buffer of a block that is compressed in parallel, in bytes.</summary>
    private const int LargestBlockBuffer = 2 << 20;

    /// <summary>The memory of a block: its content, its output and a compressor.</summary>
    private const long BlockMemory = 2 << 20;

    /// <summary>The memory that zlib allocates for a compressor.</summary>
    private const long CompressorMemory = 342 << 10;

    private static readonly int MostBlocks = 2 * Environment.ProcessorCount;

    /// <param name="bufferMemory">
    /// The memory for buffers, compressors and caches of all downloads, in bytes; zero is unlimited.
    /// </param>
    public ProcessLimits(long bufferMemory = 0)
    {
        Buffers = new(bufferMemory);
        Kept = new(bufferMemory / 2, Buffers);
        Blocks = new(MostBlocks, BlockMemory, Buffers);
        IdleCompressors = new(4 * Environment.ProcessorCount, CompressorMemory, Buffers);
    }

    /// <summary>The memory for buffers.</summary>
    public BufferBudget Buffers { get; }

    /// <summary>
    /// The part of this memory for caches of manifests and checksums of parts. It is half of the memory at most, so that buffers for downloads are
    /// always available.
    /// </summary>
    public BufferBudget Kept { get; }

    /// <summary>The buffers of chunks that are fetched.</summary>
    public ChunkBuffers Chunks { get; } = new();

    /// <summary>
    /// The number of small objects that all downloads together may fetch at a time, in addition to the fetches of each download. Limits the
    /// connections to the storage.
    /// </summary>
    public BufferBudget ExtraFetches { get; init; } = new(256);

    /// <summary>
    /// The limit of objects that are planned at a time if the storage is a disk. Planning takes half a KiB for each object until the plan is packed,
    /// and more parallel plans than cores are not faster.
    /// </summary>
    public WeightedGate LocalPlans { get; init; } = new(10_000L * Environment.ProcessorCount);

    /// <summary>The same limit if the storage is remote, so that planning mostly waits.</summary>
    public WeightedGate RemotePlans { get; init; } = new(50_000L * Environment.ProcessorCount);

    /// <summary>The threads for computations.</summary>
    public CpuWorkers Workers { get; } = new();

    /// <summary>The permits for blocks that are compressed in parallel. Their number keeps every core busy.</summary>
    public Permits Blocks { get; }

    /// <summary>
    /// The pool of the buffers of blocks. It is separate from the shared pool, which would keep arrays of this size for every thread.
    /// </summary>
    public ArrayPool<byte> BlockBuffers { get; } = ArrayPool<byte>.Create(LargestBlockBuffer, MostBlocks);

    /// <summary>
    /// The permits for compressors that downloads keep while they wait for the client. A download also waits for a fast client at times, so a few
    /// downloads can always get a permit.
    /// </summary>
    public Permits IdleCompressors { get; init; }
}
