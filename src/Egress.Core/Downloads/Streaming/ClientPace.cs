namespace Egress.Downloads.Streaming;

/// <summary>
/// Allows a client to fall behind a least rate for a while. The time in which the download waits for the client is charged, the bytes that the
/// client takes are credited; a fast client saves no credit. Not safe for concurrent use.
/// </summary>
/// <param name="leastRate">Bytes a second; zero for none.</param>
internal sealed class ClientPace(long leastRate)
{
    /// <summary>For how long a client that takes nothing is waited for, in addition to the time that a piece takes at the least rate.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private TimeSpan _ahead = Grace;

    /// <summary>How long the client may take for the next bytes; null for as long as it likes.</summary>
    public TimeSpan? LimitFor(int bytes) => leastRate > 0 ? _ahead + TimeAtLeastRate(bytes) : null;

    /// <summary>The client took bytes.</summary>
    /// <param name="bytes">How many.</param>
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
