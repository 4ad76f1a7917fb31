using System.Numerics;

namespace Egress.Downloads.Fetching;

/// <summary>How long the storage took for one chunk.</summary>
/// <param name="Opened">Until its first byte.</param>
/// <param name="Whole">Until its last byte.</param>
internal readonly record struct FetchTime(TimeSpan Opened, TimeSpan Whole);

/// <summary>
/// Chooses the size of the chunks of large objects. A chunk is what the client takes in 1/16 second: a slow client holds little memory, and a fast one
/// needs few requests. Where the storage could not feed a fast client with few long chunks at once, they are shorter, so that more of them are on
/// their way. Not safe for concurrent use.
/// </summary>
/// <param name="memory">Memory for the chunks of one download, in bytes; zero is unlimited.</param>
/// <param name="time">The clock.</param>
internal sealed class ChunkSize(long memory, TimeProvider time)
{
    /// <summary>The size for a slow client.</summary>
    public const long Smallest = 128 << 10;

    /// <summary>The size until the client's pace is known, and the least for a fast client.</summary>
    public const long Initial = 512 << 10;

    /// <summary>The size for a fast client.</summary>
    public const long Largest = 8 << 20;

    private const double SecondsInChunk = 1.0 / 16;

    /// <summary>No client takes more over a network. A faster pace is that of the memory between two waits.</summary>
    private const double LeastSecondsPerByte = 1 / 400e6;

    /// <summary>
    /// A chunk is at most this share of what the client took at a fast pace: what the kernel and the network hold between the two is taken at once by
    /// slow clients as well.
    /// </summary>
    private const int ShareOfTaken = 8;

    private const double Weight = 0.25;

    private bool _isPaceKnown;
    private double _secondsPerByte;
    private bool _isStorageKnown;
    private double _latency;
    private double _storageSecondsPerByte;
    private long _takenFast;
    private long _taken;
    private long? _since;
    private TimeSpan _waited;

    /// <summary>Longest chunk, in bytes.</summary>
    public long Bytes { get; private set; } = Initial;

    /// <summary>The reader waited for the storage.</summary>
    /// <param name="since">The time stamp before the wait.</param>
    public void Waited(long since) => _waited += time.GetElapsedTime(since);

    /// <summary>The reader took all of a chunk.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="fetch">How long the storage took for it.</param>
    public void Took(long length, FetchTime fetch)
    {
        if (length >= Smallest && fetch.Whole > TimeSpan.Zero)
        {
            var transfer = (fetch.Whole - fetch.Opened).TotalSeconds / length;
            _latency = Average(_isStorageKnown, _latency, fetch.Opened.TotalSeconds);
            _storageSecondsPerByte = Average(_isStorageKnown, _storageSecondsPerByte, transfer);
            _isStorageKnown = true;
        }

        _taken += length;
        if (_since is { } since && _taken >= Smallest)
        {
            Adapt(time.GetElapsedTime(since) - _waited);
        }

        if (_since is null || _taken >= Smallest)
        {
            // The time before the end of the first chunk is that of the request.
            (_taken, _waited, _since) = (0, TimeSpan.Zero, time.GetTimestamp());
        }
    }

    /// <param name="own">Time in which the reader did not wait for the storage.</param>
    private void Adapt(TimeSpan own)
    {
        _secondsPerByte = Average(_isPaceKnown, _secondsPerByte, Math.Max(own.TotalSeconds, 0) / _taken);
        _isPaceKnown = true;
        var byPace = SecondsInChunk / Math.Max(_secondsPerByte, SecondsInChunk / Largest);
        _takenFast = byPace < Initial ? 0 : _takenFast + _taken;
        var most = Math.Max(Initial, Math.Min(_takenFast / ShareOfTaken, MostOfStorage()));
        Bytes = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(Math.Min(byPace, most), Smallest, Largest) + 1) / 2;
    }

    /// <summary>
    /// The longest chunk with which the storage can deliver the client's pace: as many as fit into the memory are under way at once, and each takes
    /// the latency and its transfer.
    /// </summary>
    private double MostOfStorage()
    {
        if (!_isStorageKnown || memory == 0)
        {
            return Largest;
        }

        var allowed = (memory * Math.Max(_secondsPerByte, LeastSecondsPerByte)) - _latency;
        return allowed <= 0 ? 0 : _storageSecondsPerByte <= allowed / Largest ? Largest : allowed / _storageSecondsPerByte;
    }

    private static double Average(bool isKnown, double average, double sample) => isKnown ? average + ((sample - average) * Weight) : sample;
}
