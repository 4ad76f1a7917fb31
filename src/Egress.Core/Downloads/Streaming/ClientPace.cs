namespace Egress.Downloads.Streaming;

/// <summary>
/// Enforces a minimum rate of a client, with tolerance for short delays. Waits for the client add to its delay, and bytes that it accepts reduce the delay. The
/// delay never becomes negative, so a fast client collects no credit. Not safe for concurrent use.
/// </summary>
/// <param name="leastRate">The minimum rate, in bytes a second; zero for none.</param>
internal sealed class ClientPace(long leastRate)
{
    /// <summary>The tolerated delay: how long the download waits for the client in addition to the time of the bytes at the minimum rate.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private TimeSpan _ahead = Grace;

    /// <summary>Returns the time limit in which the client must accept the next bytes; null for no limit.</summary>
    public TimeSpan? LimitFor(int bytes) => leastRate > 0 ? _ahead + TimeAtLeastRate(bytes) : null;

    /// <summary>Updates the delay. Called when the client has accepted bytes.</summary>
    /// <param name="bytes">Number of bytes.</param>
    /// <param name="waited">How long the download waited for the client.</param>
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
