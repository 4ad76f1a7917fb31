using System.Buffers;

namespace Egress.Limits;

/// <summary>
/// Owns what all downloads of a process share: the memory for buffers and for what is kept between downloads, the threads for computations, the compressors. Registered once and
/// injected. Thread-safe.
/// </summary>
internal sealed class ProcessLimits
{
    /// <summary>The largest buffer of a block that is compressed in parallel, in bytes.</summary>
    private const int LargestBlockBuffer = 2 << 20;

    /// <summary>What a block takes: its content, its output and a compressor.</summary>
    private const long BlockMemory = 2 << 20;

    /// <summary>What zlib allocates for a compressor.</summary>
    private const long CompressorMemory = 342 << 10;

    private static readonly int MostBlocks = 2 * Environment.ProcessorCount;

    /// <param name="bufferMemory">
    /// The memory for buffers and compressors of all downloads, and for what is kept between them, in bytes; zero is unlimited.
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
    /// The part of it for what is kept between downloads: manifests and checksums of parts. Half of it at most, so that downloads always find buffers.
    /// </summary>
    public BufferBudget Kept { get; }

    /// <summary>The buffers of chunks that are fetched.</summary>
    public ChunkBuffers Chunks { get; } = new();

    /// <summary>
    /// How many small objects all downloads together may fetch at a time in addition to their own fetches. Bounds the connections to the storage.
    /// </summary>
    public BufferBudget ExtraFetches { get; init; } = new(256);

    /// <summary>
    /// The objects of records that are planned at a time, where the storage is a disk. Planning an object takes half a KiB until the plan is packed, and more
    /// plans at a time than cores are not made faster.
    /// </summary>
    public WeightedGate LocalPlans { get; init; } = new(10_000L * Environment.ProcessorCount);

    /// <summary>The same where the storage is remote, and planning mostly waits for it.</summary>
    public WeightedGate RemotePlans { get; init; } = new(50_000L * Environment.ProcessorCount);

    /// <summary>The threads for computations.</summary>
    public CpuWorkers Workers { get; } = new();

    /// <summary>A permit for each block that is compressed in parallel: enough to keep every core busy.</summary>
    public Permits Blocks { get; }

    /// <summary>The buffers of blocks. A separate pool: the shared pool would keep arrays of this size for every thread.</summary>
    public ArrayPool<byte> BlockBuffers { get; } = ArrayPool<byte>.Create(LargestBlockBuffer, MostBlocks);

    /// <summary>
    /// A permit for each compressor that is kept while its download waits for the client. Fast clients are waited for as well, so a few downloads
    /// always find a permit.
    /// </summary>
    public Permits IdleCompressors { get; init; }
}
