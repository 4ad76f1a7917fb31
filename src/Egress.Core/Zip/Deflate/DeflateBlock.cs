using System.Buffers;
using System.IO.Compression;
using Egress.Zip.Writing;

namespace Egress.Zip.Deflate;

/// <summary>
/// A piece of a large entry that is compressed beside others: primed with what comes before it (RFC 1951: matches reach 32 KiB back), and ended
/// on a byte boundary, so that the pieces joined are one Deflate stream.
/// </summary>
internal sealed class DeflateBlock : IDisposable
{
    /// <summary>How far back matches reach.</summary>
    public const int WindowLength = 32 << 10;

    /// <summary>What all archives of the process may have in memory at once, less than 2 MiB each: enough to keep every core busy.</summary>
    private static readonly SemaphoreSlim Permits = new(2 * Environment.ProcessorCount);

    /// <summary>A pool of its own, as large as the permits: the shared one would keep arrays of this size for every thread.</summary>
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(maxArrayLength: 2 << 20, maxArraysPerBucket: 2 * Environment.ProcessorCount);

    private readonly byte[] _buffer;
    private readonly int _capacity;
    private readonly Output _output = new();
    private int _primed;
    private int _length;

    private DeflateBlock(int capacity)
    {
        _capacity = capacity;
        _buffer = Pool.Rent(WindowLength + capacity);
    }

    /// <summary>What the compressor made of it.</summary>
    public ReadOnlyMemory<byte> Compressed => _output.Written;

    /// <returns>A block, or null when there are enough of them in the process.</returns>
    public static DeflateBlock? TryCreate(int capacity) => Permits.Wait(0) ? new(capacity) : null;

    /// <summary>Reads the content.</summary>
    /// <param name="window">What comes before it; replaced by its own last bytes.</param>
    /// <param name="windowLength">How much of the window there is.</param>
    /// <param name="source">The content.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <returns>How much of the window there is now.</returns>
    public async ValueTask<int> FillAsync(byte[] window, int windowLength, EntrySource source, CancellationToken cancellationToken)
    {
        _primed = windowLength;
        window.AsSpan(0, windowLength).CopyTo(_buffer.AsSpan(WindowLength - windowLength));
        _length = await source.FillAsync(_buffer.AsMemory(WindowLength, _capacity), cancellationToken);
        var kept = Math.Min(WindowLength, windowLength + _length);
        _buffer.AsSpan(WindowLength + _length - kept, kept).CopyTo(window);
        return kept;
    }

    /// <summary>Compresses the content. Needs nothing but the block, so that it can be done on any thread.</summary>
    public void Compress(ZLibCompressionOptions level)
    {
        using var deflate = new DeflateStream(_output, level, leaveOpen: true);
        if (_primed > 0)
        {
            // There is no other way to give DeflateStream a dictionary. The flush makes sure that nothing of it comes out later.
            deflate.Write(_buffer.AsSpan(WindowLength - _primed, _primed));
            deflate.Flush();
        }

        _output.Collect(_capacity);
        deflate.Write(_buffer.AsSpan(WindowLength, _length));
        deflate.Flush();
        _output.Stop(); // disposing would end the whole entry
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Pool.Return(_buffer);
        _output.Return();
        Permits.Release();
    }

    /// <summary>Collects what the compressor writes between two calls, and drops the rest.</summary>
    private sealed class Output : WriteOnlyStream
    {
        private byte[] _written = [];
        private int _length;
        private bool _collects;

        public ReadOnlyMemory<byte> Written => _written.AsMemory(0, _length);

        public void Collect(int expected)
        {
            _written = Pool.Rent(expected / 2);
            _collects = true;
        }

        public void Stop() => _collects = false;

        public void Return()
        {
            Pool.Return(_written);
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
            var larger = Pool.Rent(Math.Max(least, 2 * _written.Length));
            _written.AsSpan(0, _length).CopyTo(larger);
            Pool.Return(_written);
            _written = larger;
        }
    }
}
