namespace Egress.Settings;

/// <summary>The defaults and limits of settings that differ between hosts.</summary>
public sealed record HostProfile
{
    /// <summary>
    /// The value of <c>functionTimeout</c> in <c>host.json</c>. When a function runs longer, the host restarts the worker, which also aborts every
    /// other download.
    /// </summary>
    public static readonly TimeSpan FunctionTimeout = TimeSpan.FromMinutes(30);

    /// <summary>The profile of the plain server, which needs no settings.</summary>
    public static HostProfile Server { get; } = new() { IsServer = true };

    /// <summary>
    /// The profile of the Functions app. Its host ends requests without progress and functions that run too long, and one proxy is in front of it.
    /// </summary>
    public static HostProfile Functions { get; } = new()
    {
        // The host aborts a request after 240 seconds without a byte, and Azure's front end requires the first byte within about 230.
        LongestWait = TimeSpan.FromSeconds(200),
        LongestDownload = FunctionTimeout - TimeSpan.FromSeconds(30),
        TrustedProxies = 1,
        UsesHostStorage = true,
    };

    /// <summary>Whether the host is the plain server, which opens its port itself, has settings of its own, and may use embedded parts.</summary>
    public bool IsServer { get; private init; }

    /// <summary>Whether callbacks use the queues of the Functions host's own storage if no other queue is set.</summary>
    public bool UsesHostStorage { get; init; }

    /// <summary>The upper limit of <c>REQUEST_TIMEOUT</c>, and of the time that one storage operation takes with all its retries; null for none.</summary>
    public TimeSpan? LongestWait { get; init; }

    /// <summary>Upper limit of <c>MAX_DOWNLOAD_DURATION</c>; null for none.</summary>
    public TimeSpan? LongestDownload { get; init; }

    /// <summary>Default of <c>TRUSTED_PROXIES</c>.</summary>
    public int TrustedProxies { get; init; }

    /// <summary>The memory of which settings may give a share in percent, in bytes: the limit of the container, or the memory of the machine.</summary>
    public long MemoryLimit { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
