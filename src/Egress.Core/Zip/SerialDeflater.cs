using System.IO.Compression;

namespace Egress.Zip;

/// <summary>Compresses on the calling thread. The compressor, a third of a MiB outside of the managed heap, is there from the first byte on.</summary>
/// <param name="sink">Where its output goes.</param>
/// <param name="level">How hard to try.</param>
internal sealed class SerialDeflater(DeflateSink sink, ZLibCompressionOptions level) : IDisposable
{
    private DeflateStream? _deflate;

    public void Write(ReadOnlySpan<byte> data) => (_deflate ??= new(sink, level, leaveOpen: true)).Write(data);

    /// <summary>Puts everything out, up to a byte boundary.</summary>
    public void Flush() => _deflate?.Flush();

    /// <summary>Ends the Deflate stream.</summary>
    public void Finish()
    {
        _deflate?.Dispose();
        _deflate = null;
    }

    /// <summary>Gives the compressor back without another byte of output. What is written next begins with a new one.</summary>
    public void Dispose()
    {
        sink.Drop(); // ending a stream writes
        Finish();
    }
}
