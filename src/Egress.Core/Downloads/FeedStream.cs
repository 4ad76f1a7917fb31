using System.IO.Hashing;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>The next object of the feed as the stream that the ZIP engine reads, counted. Its end stays its end.</summary>
/// <remarks>
/// The last bytes of an object whose checksum is known are held back until the checksum is seen to hold. The engine would find out
/// too, but only when they are on their way: whoever resumed behind them would get the rest without another look.
/// </remarks>
/// <param name="feed">Where the object is.</param>
/// <param name="whole">The object, where all of it will be read; null to read without a look.</param>
internal sealed class FeedStream(ObjectFeed feed, PlannedObject? whole = null) : SourceStream
{
    private readonly Crc32? _crc = whole?.KnownCrc32 is null ? null : new();
    private bool _ended;

    /// <summary>Bytes read so far.</summary>
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
        {
            return 0;
        }

        var read = await feed.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        BytesRead += read;
        _ended = read == 0;
        Check(buffer.Span[..read]);
        return read;
    }

    private void Check(ReadOnlySpan<byte> read)
    {
        if (_crc is null || whole?.KnownCrc32 is not { } expected)
        {
            return;
        }

        _crc.Append(read);
        if (BytesRead == whole.Size && _crc.GetCurrentHashAsUInt32() is var actual && actual != expected)
        {
            throw new ZipEntryMismatchException(whole.Entry.Name, ZipEntryProperty.Crc32, expected, actual);
        }
    }
}
