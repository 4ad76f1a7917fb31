namespace Egress.Load;

/// <summary>The parameters of a run.</summary>
/// <param name="Clients">Downloads at a time.</param>
/// <param name="Duration">The time during which downloads are started.</param>
/// <param name="Outage">The time during which the storage fails, in the middle of the run.</param>
internal sealed record LoadPlan(int Clients, TimeSpan Duration, TimeSpan Outage)
{
    /// <summary>Objects of one archive.</summary>
    public const int FilesPerArchive = 16;

    /// <summary>Size of one object, in bytes.</summary>
    public const int FileSize = 1 << 20;

    /// <summary>The speed of one client in bytes a second, so low that all downloads overlap.</summary>
    public const int BytesPerSecond = 128 << 10;

    /// <summary>When the storage begins to fail.</summary>
    public TimeSpan OutageAt => (Duration - Outage) / 2;
}
