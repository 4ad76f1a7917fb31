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

    /// <summary>The memory that a block takes for its content, its output and a compressor, in bytes.</summary>
    private const long BlockMemory = 2 << 20;

    /// <summary>The memory that zlib allocates for a compressor, in bytes.</summary>
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

    /// <summary>The budget for buffers, compressors and caches.</summary>
    public BufferBudget Buffers { get; }

    /// <summary>
    /// The part of <see cref="Buffers"/> that caches of manifests and of the checksums of parts may take. It is at most half, so that memory for the
    /// buffers of downloads is always available.
    /// </summary>
    public BufferBudget Kept { get; }

    /// <summary>The buffers for object chunks that are fetched.</summary>
    public ChunkBuffers Chunks { get; } = new();

    /// <summary>
    /// The number of small objects that all downloads together may fetch at a time, in addition to the fetches of each download. Limits the
    /// connections to the storage.
    /// </summary>
    public BufferBudget ExtraFetches { get; init; } = new(256);

    /// <summary>
    /// The largest number of objects that are planned at a time if the storage is a disk. Planning takes half a KiB for each object until the plan is
    /// packed, and more parallel plans than cores are not faster.
    /// </summary>
    public WeightedGate LocalPlans { get; init; } = new(10_000L * Environment.ProcessorCount);

    /// <summary>
    /// The largest number of objects that are planned at a time if the storage is remote. It is larger than for a disk, because planning mostly waits
    /// for the network.
    /// </summary>
    public WeightedGate RemotePlans { get; init; } = new(50_000L * Environment.ProcessorCount);

    /// <summary>Runs the computations of all downloads.</summary>
    public CpuWorkers Workers { get; } = new();

    /// <summary>The permits for blocks that are compressed in parallel. There are enough of them to keep every core busy.</summary>
    public Permits Blocks { get; }

    /// <summary>
    /// The pool of the buffers for blocks that are compressed in parallel. The shared pool of .NET is not used, because it would keep arrays of this
    /// size for every thread.
    /// </summary>
    public ArrayPool<byte> BlockBuffers { get; } = ArrayPool<byte>.Create(LargestBlockBuffer, MostBlocks);

    /// <summary>
    /// The permits for compressors that downloads keep while they wait for the client. Even a download to a fast client waits sometimes, so there are
    /// always permits for a few downloads.
    /// </summary>
    public Permits IdleCompressors { get; init; }
}
