namespace Egress.Settings;

/// <summary>What the settings mean differently from host to host, as data.</summary>
public sealed record HostProfile
{
    /// <summary><c>functionTimeout</c> of <c>host.json</c>. When a function runs longer, the host restarts the worker, which resets every other
    /// download as well.</summary>
    public static readonly TimeSpan FunctionTimeout = TimeSpan.FromMinutes(30);

    /// <summary>The plain server: runs without any setting.</summary>
    public static HostProfile Server { get; } = new() { IsServer = true };

    /// <summary>The Functions app: its host ends silent requests and long functions, and one proxy stands in front.</summary>
    public static HostProfile Functions { get; } = new()
    {
        // The host ends a request after 240 seconds without a byte, and Azure's front end wants the first byte within about 230.
        LongestWait = TimeSpan.FromSeconds(200),
        LongestDownload = FunctionTimeout - TimeSpan.FromSeconds(30),
        TrustedProxies = 1,
        UsesHostStorage = true,
    };

    /// <summary>Whether Egress opens the port itself, reads the settings of the plain server and may fall back to embedded parts.</summary>
    public bool IsServer { get; private init; }

    /// <summary>Whether callbacks are on the queues of the Functions host's own storage, where that is set and nothing else is.</summary>
    public bool UsesHostStorage { get; init; }

    /// <summary>Cap of <c>REQUEST_TIMEOUT</c> and of one storage operation with all its retries; null for none.</summary>
    public TimeSpan? LongestWait { get; init; }

    /// <summary>Cap of <c>MAX_DOWNLOAD_DURATION</c>; null for none.</summary>
    public TimeSpan? LongestDownload { get; init; }

    /// <summary>Default of <c>TRUSTED_PROXIES</c>.</summary>
    public int TrustedProxies { get; init; }

    /// <summary>Memory that shares are taken from, in bytes: the limit of the container, or what the machine has.</summary>
    public long MemoryLimit { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
