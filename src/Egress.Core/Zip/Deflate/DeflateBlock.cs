using System.Buffers;
using System.IO.Compression;
using Egress.Limits;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// A block of a large entry. The blocks of an entry are compressed in parallel. The bytes before a block serve as its dictionary (RFC 1951: matches reach 32
/// KiB back), and its output ends on a byte boundary, so the concatenated outputs are one Deflate stream.
/// </summary>
internal sealed class DeflateBlock : IDisposable
{
    /// <summary>How many bytes back matches reach.</summary>
    public const int WindowLength = 32 << 10;

    private readonly ProcessLimits _limits;
    private readonly byte[] _buffer;
    private readonly int _capacity;
    private readonly Output _output;
    private int _primed;
    private int _length;

    private DeflateBlock(ProcessLimits limits, int capacity)
    {
        _limits = limits;
        _capacity = capacity;
        _buffer = limits.BlockBuffers.Rent(WindowLength + capacity);
        _output = new(limits.BlockBuffers);
    }

    /// <summary>The output of the compressor.</summary>
    public ReadOnlyMemory<byte> Compressed => _output.Written;

    /// <summary>Creates a block; null if the limits of the process do not allow another one.</summary>
    public static DeflateBlock? TryCreate(ProcessLimits limits, int capacity) => limits.Blocks.TryTake() ? new(limits, capacity) : null;

    /// <summary>Reads the content of the block.</summary>
    /// <param name="window">The bytes before the block. They are replaced by the last bytes of the block.</param>
    /// <param name="windowLength">The number of bytes in the window.</param>
    /// <param name="source">The content.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The new number of bytes in the window.</returns>
    public async ValueTask<int> FillAsync(byte[] window, int windowLength, EntrySource source, CancellationToken cancellationToken)
    {
        _primed = windowLength;
        window.AsSpan(0, windowLength).CopyTo(_buffer.AsSpan(WindowLength - windowLength));
        _length = await source.FillAsync(_buffer.AsMemory(WindowLength, _capacity), cancellationToken);
        var kept = Math.Min(WindowLength, windowLength + _length);
        _buffer.AsSpan(WindowLength + _length - kept, kept).CopyTo(window);
        return kept;
    }

    /// <summary>Compresses the content. Uses only the data of this block, so it can run on any thread.</summary>
    public void Compress(ZLibCompressionOptions level)
    {
        using var deflate = new DeflateStream(_output, level, leaveOpen: true);
        if (_primed > 0)
        {
            // DeflateStream gets a dictionary only if the preceding bytes are written to it and their output is dropped. The flush makes sure that
            // all of this output is dropped.
            deflate.Write(_buffer.AsSpan(WindowLength - _primed, _primed));
            deflate.Flush();
        }

        _output.Collect(_capacity);
        deflate.Write(_buffer.AsSpan(WindowLength, _length));
        deflate.Flush();
        _output.Stop(); // disposing the compressor would write the end of the entry
    }

    /// <summary>Returns the buffers, and the permit for the block.</summary>
    public void Dispose()
    {
        _limits.BlockBuffers.Return(_buffer);
        _output.Return();
        _limits.Blocks.Release();
    }

    /// <summary>Collects the output of the compressor between the calls of <see cref="Collect"/> and <see cref="Stop"/>, and drops the rest.</summary>
    private sealed class Output(ArrayPool<byte> pool) : WriteOnlyStream
    {
        private byte[] _written = [];
        private int _length;
        private bool _collects;

        public ReadOnlyMemory<byte> Written => _written.AsMemory(0, _length);

        public void Collect(int expected)
        {
            _written = pool.Rent(expected / 2);
            _collects = true;
        }

        public void Stop() => _collects = false;

        public void Return()
        {
            pool.Return(_written);
            _written = [];
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_collects)
            {
                if (_written.Length - _length < buffer.Length)
                {
                    Grow(_length + buffer.Length);
                }

                buffer.CopyTo(_written.AsSpan(_length));
                _length += buffer.Length;
            }
        }

        private void Grow(int least)
        {
            var larger = pool.Rent(Math.Max(least, 2 * _written.Length));
            _written.AsSpan(0, _length).CopyTo(larger);
            pool.Return(_written);
            _written = larger;
        }
    }
}
