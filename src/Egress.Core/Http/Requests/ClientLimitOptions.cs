namespace Egress.Http.Requests;

/// <summary>How client addresses are found, and the limits for each.</summary>
public sealed record ClientLimitOptions
{
    /// <summary>Requests a second from one address; zero is unlimited.</summary>
    public double RatePerSecond { get; init; }

    /// <summary>The burst of requests that is allowed.</summary>
    public int Burst { get; init; } = 10;

    /// <summary>Parallel downloads from one address; zero is unlimited.</summary>
    public int MaxActivePerAddress { get; init; }

    /// <summary>Parallel downloads of one record; zero is unlimited.</summary>
    public int MaxActivePerLink { get; init; }

    /// <summary>How many proxies append to <c>X-Forwarded-For</c>; zero ignores the header.</summary>
    public int TrustedProxies { get; init; }
}
