namespace Egress.Http.Requests;

/// <summary>How the addresses of clients are found, and the limits for each address and link.</summary>
public sealed record ClientLimitOptions
{
    /// <summary>The number of requests per second from one address; zero is unlimited.</summary>
    public double RatePerSecond { get; init; }

    /// <summary>The number of requests that one address may send without a pause before <see cref="RatePerSecond"/> limits it.</summary>
    public int Burst { get; init; } = 10;

    /// <summary>The number of concurrent downloads from one address; zero is unlimited.</summary>
    public int MaxActivePerAddress { get; init; }

    /// <summary>The number of concurrent downloads of one record; zero is unlimited.</summary>
    public int MaxActivePerLink { get; init; }

    /// <summary>How many proxies append to <c>X-Forwarded-For</c>; zero ignores the header.</summary>
    public int TrustedProxies { get; init; }
}
