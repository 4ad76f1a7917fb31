namespace Egress.Load;

/// <summary>The parameters of a load test.</summary>
/// <param name="Clients">Number of concurrent downloads.</param>
/// <param name="Duration">How long new downloads are started.</param>
/// <param name="Outage">How long the storage fails, in the middle of the test.</param>
internal sealed record LoadPlan(int Clients, TimeSpan Duration, TimeSpan Outage)
{
    /// <summary>Number of objects in one archive.</summary>
    public const int FilesPerArchive = 16;

    /// <summary>Size of one object, in bytes.</summary>
    public const int FileSize = 1 << 20;

    /// <summary>The rate of one client in bytes per second. It is so low that all downloads overlap.</summary>
    public const int BytesPerSecond = 128 << 10;

    /// <summary>When the storage begins to fail, from the start of the test.</summary>
    public TimeSpan OutageAt => (Duration - Outage) / 2;
}
