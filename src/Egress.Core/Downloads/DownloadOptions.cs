
namespace Egress.Downloads;

/// <summary>How entries are named inside an archive when the record gives only keys.</summary>
public enum EntryNameStyle
{
    /// <summary>The last segment of the key.</summary>
    Basename,

    /// <summary>The whole key with its folders.</summary>
    Path,
}

/// <summary>Content, naming and limits of downloads. A limit of zero means unlimited.</summary>
public sealed record DownloadOptions
{
    /// <summary>The largest object that may be downloaded, in bytes.</summary>
    public long MaxFileSize { get; init; }

    /// <summary>The largest number of objects in one archive.</summary>
    public int MaxFilesPerRequest { get; init; }

    /// <summary>The largest number of downloads that are active in this process at a time.</summary>
    public int MaxActiveDownloads { get; init; }

    /// <summary>The longest time until the first byte is sent, and the longest time in which the client may receive nothing.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The longest time that a request may take as a whole.</summary>
    public TimeSpan MaxDuration { get; init; }

    /// <summary>The lowest average speed of a client, in bytes a second; zero for no limit.</summary>
    public long MinClientRate { get; init; }

    /// <summary>The value of <c>Cache-Control</c>, unless the record sets one. Its times are reduced if they exceed the lifetime of the link.</summary>
    public string CacheControl { get; init; } = "private, no-transform";

    /// <summary>Whether the archive's name contains the date (UTC).</summary>
    public bool AppendDate { get; init; }

    /// <summary>Whether the archive's name is reduced to harmless characters.</summary>
    public bool SanitizeFilenames { get; init; }

    /// <summary>Whether objects that do not exist are left out of the archive. Otherwise the download is refused.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>Whether objects whose content cannot be read at present (archived, or encrypted with another key) are left out and reported.</summary>
    public bool SkipUnavailable { get; init; }

    /// <summary>Whether an archive from which objects were left out gets an entry that lists them.</summary>
    public bool ReportMissing { get; init; }

    /// <summary>Whether archives have a file of SHA-256 checksums. A record may decide otherwise.</summary>
    public bool ChecksumFile { get; init; }

    /// <summary>How entries are named when the record gives only keys.</summary>
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

    /// <summary>Whether entries have the modification times of their objects. Otherwise all entries have the same fixed time.</summary>
    public bool PreserveFileMetadata { get; init; } = true;

    /// <summary>Whether records with a password are served, as encrypted archives. Otherwise they are refused.</summary>
    public bool AllowPasswordProtected { get; init; }

    /// <summary>The extensions (lower case, with dot) of the only objects that are sent; empty for all.</summary>
    public IReadOnlySet<string> AllowedExtensions { get; init; } = new HashSet<string>();

    /// <summary>The extensions (lower case, with dot) of objects that are never sent.</summary>
    public IReadOnlySet<string> BlockedExtensions { get; init; } = new HashSet<string>();
}
