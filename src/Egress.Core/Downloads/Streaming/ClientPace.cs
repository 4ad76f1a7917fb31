namespace Egress.Downloads.Streaming;

/// <summary>
/// Allows a client to be slower than a lowest rate for a while. Waits for the client add to its delay, and bytes that it takes reduce the delay. The
/// delay never becomes negative, so a fast client collects no credit. Not safe for concurrent use.
/// </summary>
/// <param name="leastRate">Bytes a second; zero for none.</param>
internal sealed class ClientPace(long leastRate)
{
    /// <summary>How long the download waits for a client that takes nothing, in addition to the time of a piece at the lowest rate.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private TimeSpan _ahead = Grace;

    /// <summary>The time limit for the next bytes; null for no limit.</summary>
    public TimeSpan? LimitFor(int bytes) => leastRate > 0 ? _ahead + TimeAtLeastRate(bytes) : null;

    /// <summary>Called when the client took bytes.</summary>
    /// <param name="bytes">Number of bytes.</param>
    /// <param name="waited">How long the download waited for that.</param>
    public void Took(int bytes, TimeSpan waited)
    {
        if (leastRate > 0)
        {
            var ahead = _ahead + TimeAtLeastRate(bytes) - waited;
            _ahead = ahead < Grace ? ahead : Grace;
        }
    }

    private TimeSpan TimeAtLeastRate(int bytes) => TimeSpan.FromSeconds((double)bytes / leastRate);
}
