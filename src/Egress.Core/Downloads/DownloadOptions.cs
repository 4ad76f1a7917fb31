
namespace Egress.Downloads;

/// <summary>How entries are named inside an archive when the record gives only keys.</summary>
public enum EntryNameStyle
{
    /// <summary>The last segment of the key.</summary>
    Basename,

    /// <summary>The whole key with its folders.</summary>
    Path,
}

/// <summary>Content, naming and limits of downloads. Zero means unlimited.</summary>
public sealed record DownloadOptions
{
    /// <summary>Largest object, in bytes.</summary>
    public long MaxFileSize { get; init; }

    /// <summary>Most objects in one archive.</summary>
    public int MaxFilesPerRequest { get; init; }

    /// <summary>Most active downloads of this process.</summary>
    public int MaxActiveDownloads { get; init; }

    /// <summary>The limit of the time to the first byte, and of the time in which the client receives nothing.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Longest time that a whole download may take.</summary>
    public TimeSpan MaxDuration { get; init; }

    /// <summary>The lowest average speed of a client, in bytes a second; zero for no limit.</summary>
    public long MinClientRate { get; init; }

    /// <summary>The value of <c>Cache-Control</c>, unless the record sets one. Its times are limited to those of the link.</summary>
    public string CacheControl { get; init; } = "private, no-transform";

    /// <summary>Whether the archive's name contains the date (UTC).</summary>
    public bool AppendDate { get; init; }

    /// <summary>Whether the archive's name is reduced to harmless characters.</summary>
    public bool SanitizeFilenames { get; init; }

    /// <summary>Whether objects that do not exist are left out; otherwise the download is refused.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>Whether objects whose content cannot be read at present (archived, encrypted with another key) are left out and reported.</summary>
    public bool SkipUnavailable { get; init; }

    /// <summary>Whether an archive that lacks objects has an entry that lists them.</summary>
    public bool ReportMissing { get; init; }

    /// <summary>Whether archives have a file of SHA-256 checksums, unless their record decides that.</summary>
    public bool ChecksumFile { get; init; }

    /// <summary>How entries are named.</summary>
    public EntryNameStyle EntryNames { get; init; }

    /// <summary>The number of objects, or of chunks of large ones, that one download looks up or fetches at a time; null for the defaults.</summary>
    public int? MaxConcurrentFetches { get; init; }

    /// <summary>Memory for the buffers of one download, in bytes.</summary>
    public long DownloadMemory { get; init; } = 16 << 20;

    /// <summary>Memory for the buffers of all downloads, in bytes.</summary>
    public long TotalBufferMemory { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>Size of one write to the client, in bytes.</summary>
    public int StreamBufferSize { get; init; } = 128 << 10;

    /// <summary>The compression level: -1 for the default, 0 to store, or 1–9. Already compressed types are stored at any level.</summary>
    public int CompressionLevel { get; init; } = -1;

    /// <summary>Whether entries have the times of their objects. Otherwise all have the same fixed time.</summary>
    public bool PreserveFileMetadata { get; init; } = true;

    /// <summary>Whether records with a password are served (encrypted); otherwise they are refused.</summary>
    public bool AllowPasswordProtected { get; init; }

    /// <summary>When not empty, only these extensions (lower case, with dot) are sent.</summary>
    public IReadOnlySet<string> AllowedExtensions { get; init; } = new HashSet<string>();

    /// <summary>These extensions (lower case, with dot) are never sent.</summary>
    public IReadOnlySet<string> BlockedExtensions { get; init; } = new HashSet<string>();
}
