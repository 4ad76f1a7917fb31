using System.Numerics;

namespace Egress.Downloads.Fetching;

/// <summary>How long the storage took for one chunk.</summary>
/// <param name="Opened">Time from the request to its first byte.</param>
/// <param name="Whole">Time from the request to its last byte.</param>
internal readonly record struct FetchTime(TimeSpan Opened, TimeSpan Whole);

/// <summary>
/// Chooses the size of the chunks of large objects. A chunk has the bytes that the client receives in 1/16 second, so that a slow client holds little
/// memory and a fast one needs few requests. If few long chunks at a time cannot reach the client's speed, chunks are shorter, so that more of them
/// are requested at a time. Not safe for concurrent use.
/// </summary>
/// <param name="memory">Memory for the chunks of one download, in bytes; zero is unlimited.</param>
/// <param name="time">The clock.</param>
internal sealed class ChunkSize(long memory, TimeProvider time)
{
    /// <summary>The size for a slow client.</summary>
    public const long Smallest = 128 << 10;

    /// <summary>The size until the client's pace is known, and the smallest size for a fast client.</summary>
    public const long Initial = 512 << 10;

    /// <summary>The size for a fast client.</summary>
    public const long Largest = 8 << 20;

    private const double SecondsInChunk = 1.0 / 16;

    /// <summary>The seconds for each byte at the highest pace of a client over a network. A faster measurement only shows the speed of copying.</summary>
    private const double LeastSecondsPerByte = 1 / 400e6;

    /// <summary>
    /// The divisor that limits a chunk to a share of the bytes that the client has received at a fast pace. The connection of a slow client also accepts the
    /// first bytes at once, into the buffers of the kernel and the network.
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

    /// <summary>The length of the next chunk, in bytes.</summary>
    public long Bytes { get; private set; } = Initial;

    /// <summary>Adds the duration of a wait for the storage, which is not counted as time of the client. Called after the wait.</summary>
    /// <param name="since">The time stamp before the wait.</param>
    public void Waited(long since) => _waited += time.GetElapsedTime(since);

    /// <summary>Measures a chunk and adapts the size of the next ones. Called after the reader has read the whole chunk.</summary>
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
            // The time until the end of the first chunk is not measured, because it includes the start of the request.
            (_taken, _waited, _since) = (0, TimeSpan.Zero, time.GetTimestamp());
        }
    }

    /// <param name="own">The measured time without the waits for the storage, which is the time of the client.</param>
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
    /// Returns the largest chunk size, in bytes, with which the storage keeps up with the client. As many chunks as fit into the memory are requested at a
    /// time. Each of them takes the latency plus the time of its transfer.
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
