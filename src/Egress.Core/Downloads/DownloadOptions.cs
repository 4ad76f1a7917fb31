
namespace Egress.Downloads;

/// <summary>How entries are named inside an archive when the record gives only keys.</summary>
public enum EntryNameStyle
{
    /// <summary>The last segment of the key.</summary>
    Basename,

    /// <summary>The whole key, folders kept.</summary>
    Path,
}

/// <summary>What a download may contain, how it is named and how much it may use. Zero is unlimited.</summary>
public sealed record DownloadOptions
{
    /// <summary>Largest object, in bytes.</summary>
    public long MaxFileSize { get; init; }

    /// <summary>Most objects in one archive.</summary>
    public int MaxFilesPerRequest { get; init; }

    /// <summary>Most active downloads of this process.</summary>
    public int MaxActiveDownloads { get; init; }

    /// <summary>Time to the first byte, and longest time without progress to the client.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Longest time that a whole download may take.</summary>
    public TimeSpan MaxDuration { get; init; }

    /// <summary>Bytes a second that a client must take on average; zero for no limit.</summary>
    public long MinClientRate { get; init; }

    /// <summary>The value of <c>Cache-Control</c>, unless the record sets one. Its times are limited to those of the link.</summary>
    public string CacheControl { get; init; } = "private, no-transform";

    /// <summary>Whether the date (UTC) is put into the archive's name.</summary>
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

    /// <summary>Objects, or chunks of large ones, that one download looks up or fetches at a time; null for the defaults.</summary>
    public int? MaxConcurrentFetches { get; init; }

    /// <summary>Buffers of one download, in bytes.</summary>
    public long DownloadMemory { get; init; } = 16 << 20;

    /// <summary>Buffers of all downloads, in bytes.</summary>
    public long TotalBufferMemory { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>One write to the client, in bytes.</summary>
    public int StreamBufferSize { get; init; } = 128 << 10;

    /// <summary>-1 default, 0 store, 1–9. Types that are compressed already are stored at any level.</summary>
    public int CompressionLevel { get; init; } = -1;

    /// <summary>Whether entries have the objects' times; otherwise one fixed time.</summary>
    public bool PreserveFileMetadata { get; init; } = true;

    /// <summary>Whether records with a password are served (encrypted); otherwise they are refused.</summary>
    public bool AllowPasswordProtected { get; init; }

    /// <summary>When not empty, only these extensions (lower case, with dot) are sent.</summary>
    public IReadOnlySet<string> AllowedExtensions { get; init; } = new HashSet<string>();

    /// <summary>These extensions (lower case, with dot) are never sent.</summary>
    public IReadOnlySet<string> BlockedExtensions { get; init; } = new HashSet<string>();
}
