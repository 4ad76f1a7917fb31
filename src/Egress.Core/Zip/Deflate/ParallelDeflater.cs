using System.Buffers;
using System.IO.Compression;
using Egress.Limits;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>Compresses the blocks of one large entry on several cores, as long as that makes it faster.</summary>
internal sealed class ParallelDeflater : IAsyncDisposable
{
    /// <summary>The largest number of blocks at a time: one for each core, and one that is read or written meanwhile.</summary>
    private static readonly int MostBlocks = Environment.ProcessorCount + 1;

    private readonly EntryBody _body;
    private readonly ProcessLimits _limits;
    private readonly ZLibCompressionOptions _level;
    private readonly int _blockLength;
    private readonly Queue<(DeflateBlock Block, Task Compressing)> _blocks = new();
    private readonly byte[] _window = ArrayPool<byte>.Shared.Rent(DeflateBlock.WindowLength);
    private int _windowLength;

    /// <param name="body">Receives the compressed bytes.</param>
    /// <param name="limits">The limits of the process.</param>
    /// <param name="level">The compression level.</param>
    /// <param name="blockLength">The number of content bytes in a block.</param>
    /// <param name="before">The content before the first block. Its last bytes serve as dictionary.</param>
    public ParallelDeflater(EntryBody body, ProcessLimits limits, ZLibCompressionOptions level, int blockLength, ReadOnlySpan<byte> before)
    {
        _body = body;
        _limits = limits;
        _level = level;
        _blockLength = blockLength;
        _windowLength = Math.Min(DeflateBlock.WindowLength, before.Length);
        before[^_windowLength..].CopyTo(_window);
    }

    /// <summary>
    /// Compresses until the content ends, or until the compressors have to wait for the source or for the reader of the archive. In the latter case one core is
    /// enough, and other downloads can use the memory.
    /// </summary>
    /// <param name="first">The block to begin with; disposed here.</param>
    /// <param name="source">The content.</param>
    /// <param name="cancellationToken">Cancels reading and flushing.</param>
    public async ValueTask RunAsync(DeflateBlock first, EntrySource source, CancellationToken cancellationToken)
    {
        await StartAsync(first, source, cancellationToken);
        for (var pays = true; _blocks.Count > 0; pays = pays && !_blocks.All(block => block.Compressing.IsCompleted))
        {
            while (pays && !source.Ended && _blocks.Count < MostBlocks && DeflateBlock.TryCreate(_limits, _blockLength) is { } block)
            {
                await StartAsync(block, source, cancellationToken);
            }

            await WriteOldestAsync(cancellationToken);
        }
    }

    /// <summary>Returns all memory. After a failure, waits first for compressors that are still running.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (block, compressing) in _blocks)
        {
            await compressing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            block.Dispose();
        }

        ArrayPool<byte>.Shared.Return(_window);
    }

    private async ValueTask StartAsync(DeflateBlock block, EntrySource source, CancellationToken cancellationToken)
    {
        try
        {
            _windowLength = await block.FillAsync(_window, _windowLength, source, cancellationToken);
        }
        catch
        {
            block.Dispose();
            throw;
        }

        _blocks.Enqueue((block, _limits.Workers.RunAsync(() => block.Compress(_level), CancellationToken.None)));
    }

    private async ValueTask WriteOldestAsync(CancellationToken cancellationToken)
    {
        var (block, compressing) = _blocks.Peek();
        await compressing;
        await _body.WriteAsync(block.Compressed, cancellationToken);
        await _body.FlushAsync(cancellationToken);
        _blocks.Dequeue();
        block.Dispose();
    }
}
