namespace Egress.Settings;

/// <summary>The differences of settings between hosts, as data.</summary>
public sealed record HostProfile
{
    /// <summary><c>functionTimeout</c> of <c>host.json</c>. When a function runs longer, the host restarts the worker, which resets every other
    /// download as well.</summary>
    public static readonly TimeSpan FunctionTimeout = TimeSpan.FromMinutes(30);

    /// <summary>The plain server, which runs without any setting.</summary>
    public static HostProfile Server { get; } = new() { IsServer = true };

    /// <summary>The Functions app: its host ends silent requests and long functions, and one proxy is in front of it.</summary>
    public static HostProfile Functions { get; } = new()
    {
        // The host aborts a request after 240 seconds without a byte, and Azure's front end requires the first byte within about 230.
        LongestWait = TimeSpan.FromSeconds(200),
        LongestDownload = FunctionTimeout - TimeSpan.FromSeconds(30),
        TrustedProxies = 1,
        UsesHostStorage = true,
    };

    /// <summary>Whether Egress opens the port itself, reads the settings of the plain server and may use embedded parts.</summary>
    public bool IsServer { get; private init; }

    /// <summary>Whether callbacks use the queues of the Functions host's own storage if no other queue is set.</summary>
    public bool UsesHostStorage { get; init; }

    /// <summary>Upper limit of <c>REQUEST_TIMEOUT</c> and of one storage operation with all its retries; null for none.</summary>
    public TimeSpan? LongestWait { get; init; }

    /// <summary>Upper limit of <c>MAX_DOWNLOAD_DURATION</c>; null for none.</summary>
    public TimeSpan? LongestDownload { get; init; }

    /// <summary>Default of <c>TRUSTED_PROXIES</c>.</summary>
    public int TrustedProxies { get; init; }

    /// <summary>Memory from which shares are calculated, in bytes: the limit of the container, or the memory of the machine.</summary>
    public long MemoryLimit { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
