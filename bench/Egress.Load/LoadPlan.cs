namespace Egress.Load;

/// <summary>What is done.</summary>
/// <param name="Clients">Downloads at a time.</param>
/// <param name="Duration">How long new ones are begun.</param>
/// <param name="Outage">How long the storage fails, in the middle of it.</param>
internal sealed record LoadPlan(int Clients, TimeSpan Duration, TimeSpan Outage)
{
    /// <summary>Objects of one archive.</summary>
    public const int FilesPerArchive = 16;

    /// <summary>Size of one object, in bytes.</summary>
    public const int FileSize = 1 << 20;

    /// <summary>How fast one client reads, in bytes a second: so slowly that all downloads overlap.</summary>
    public const int BytesPerSecond = 128 << 10;

    /// <summary>When the storage begins to fail.</summary>
    public TimeSpan OutageAt => (Duration - Outage) / 2;
}
