namespace Egress.Http.Requests;

/// <summary>How client addresses are distinguished, and what each may use.</summary>
public sealed record ClientLimitOptions
{
    /// <summary>Requests a second from one address; zero is unlimited.</summary>
    public double RatePerSecond { get; init; }

    /// <summary>Requests that may come at once.</summary>
    public int Burst { get; init; } = 10;

    /// <summary>Downloads at once from one address; zero is unlimited.</summary>
    public int MaxActivePerAddress { get; init; }

    /// <summary>Downloads at once of one record; zero is unlimited.</summary>
    public int MaxActivePerLink { get; init; }

    /// <summary>How many proxies append to <c>X-Forwarded-For</c>; zero ignores the header.</summary>
    public int TrustedProxies { get; init; }
}
