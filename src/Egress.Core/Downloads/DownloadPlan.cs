using Egress.Downloads.Manifests;
using Egress.Records.Links;
using Egress.Storage;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads;

/// <summary>One object of a plan and the entry it becomes.</summary>
/// <param name="Location">Bucket and key.</param>
/// <param name="Entry">Its entry in the archive.</param>
/// <param name="Size">Its size in bytes, as looked up or declared.</param>
/// <param name="ETag">The <c>ETag</c> that the object must have when it is read; null if none is known.</param>
internal sealed record PlannedObject(ObjectLocation Location, ZipEntry Entry, long Size, string? ETag)
{
    /// <summary>The content of an entry that Egress creates itself, or of a folder; null for an object of the storage.</summary>
    internal ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>
    /// Whether this is the file of checksums (<see cref="Checksums.ChecksumFile"/>). Its content is known only after all other objects were read.
    /// </summary>
    internal bool IsChecksumFile { get; init; }

    /// <summary>
    /// Creates an entry whose content Egress makes. It is not compressed and has no time, so that the same content always gives the same bytes.
    /// </summary>
    /// <param name="name">Name of the entry.</param>
    /// <param name="content">Its content.</param>
    internal static PlannedObject Made(string name, ReadOnlyMemory<byte> content)
    {
        var entry = new ZipEntry
        {
            Name = name,
            Method = ZipMethod.Stored,
            Size = content.Length,
            Crc32 = System.IO.Hashing.Crc32.HashToUInt32(content.Span),
        };
        return new PlannedObject(default, entry, content.Length, null) { Content = content };
    }

    /// <summary>Whether <see cref="ETag"/> stands for exactly these bytes. A weak one (RFC 9110 8.8.1) stands for equivalent bytes.</summary>
    internal bool HasStrongETag => ETag is { Length: > 0 } etag && !etag.StartsWith("W/", StringComparison.Ordinal);
}

/// <summary>A single file that is sent without an archive. Internally it is the data of an uncompressed entry.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Extent">The byte range of the entry in an archive that has only this entry.</param>
internal sealed record PlannedFile(ZipEntry Entry, EntryExtent Extent)
{
    /// <summary>The file name without folders.</summary>
    public string Name => Entry.Name[(Entry.Name.LastIndexOf('/') + 1)..];

    /// <summary>Converts a range of the file to a range of the archive.</summary>
    public ArchiveRange InArchive(ArchiveRange range) => range == ArchiveRange.All
        ? new ArchiveRange(Extent.DataStart, Extent.DataEnd)
        : new ArchiveRange(Extent.DataStart + range.From, Extent.DataStart + range.To);
}

/// <summary>The plan of a download: everything that is decided before its first byte.</summary>
internal sealed record DownloadPlan
{
    /// <summary>Id of the record.</summary>
    public required string RecordId { get; init; }

    /// <summary>File name of the archive, with <c>.zip</c>.</summary>
    public required string ArchiveName { get; init; }

    /// <summary>The archive, planned for this download or for an earlier one.</summary>
    public required ArchiveManifest Manifest { get; init; }

    /// <summary>The manifest of the whole archive, if <see cref="Manifest"/> is only a part of it.</summary>
    public ArchiveManifest? Whole { get; init; }

    /// <summary>The manifest that further requests reuse.</summary>
    public ArchiveManifest KeptManifest => Whole ?? Manifest;

    /// <summary>The numbers of the selected entries in their shortest form; null for the whole archive and for a single file.</summary>
    public string? Selection { get; init; }

    /// <summary>The single file that is sent without an archive; null for an archive. For a single file, the manifest has only its entry.</summary>
    public PlannedFile? File { get; init; }

    /// <summary>Length of the archive or of the single file, in bytes; null if it is not known.</summary>
    public long? Length => File is { } file ? file.Extent.DataEnd - file.Extent.DataStart : Layout.Length;

    /// <summary>The objects in the order of the archive.</summary>
    public IReadOnlyCollection<PlannedObject> Objects => Manifest.Objects;

    /// <summary>The file of checksums, which is the last entry after the objects; null without one.</summary>
    public PlannedObject? ChecksumFile => Manifest.ChecksumFile;

    /// <summary>Options of the ZIP engine.</summary>
    public required ZipOptions ZipOptions { get; init; }

    /// <summary>The exact length of the archive and the offset of its central directory, if they are known.</summary>
    public ArchiveLayout Layout => Manifest.Layout;

    /// <summary>The strong validator of the archive, with quotes; null if its bytes may differ between downloads, so that no ranges can be served.</summary>
    public string? ETag => Manifest.ETag;

    /// <summary>The number of requested objects, without those that the extension lists exclude.</summary>
    public int RequestedCount => Manifest.RequestedCount;

    /// <summary>The number of requested objects that do not exist; zero without <c>IGNORE_MISSING</c>.</summary>
    public int MissingCount => Manifest.MissingCount;

    /// <summary>The number of requested objects that cannot be read; zero without <c>SKIP_UNAVAILABLE</c>.</summary>
    public int UnavailableCount => Manifest.UnavailableCount;

    /// <summary>Whether the manifest was made before this request arrived.</summary>
    public bool IsReused { get; init; }

    /// <summary>Whether this request planned the archive. Otherwise it shares the plan of another request.</summary>
    public bool HasPlanned { get; init; }

    /// <summary>Whether the link has expired, so that only a resumed download may continue (<c>RESUME_GRACE</c>).</summary>
    public bool IsForResumeOnly { get; init; }

    /// <summary>The stored state of the link; null if the link is not stored.</summary>
    public LinkState? Link { get; init; }

    /// <summary>The response headers that the record asks for, before they are filtered.</summary>
    public required IReadOnlyDictionary<string, string> CustomHeaders { get; init; }

    /// <summary>URL to POST the outcome to; null or empty for none.</summary>
    public string? Callback { get; init; }
}

/// <summary>The result of planning: a plan or a refusal.</summary>
internal readonly struct PlanResult
{
    private PlanResult(DownloadPlan? plan, Rejection? rejection) => (Plan, Rejection) = (plan, rejection);

    /// <summary>The plan; null when refused.</summary>
    public DownloadPlan? Plan { get; }

    /// <summary>The refusal; null when planned.</summary>
    public Rejection? Rejection { get; }

    /// <summary>Converts a plan to the result of planning.</summary>
    public static implicit operator PlanResult(DownloadPlan plan) => new(plan, null);

    /// <summary>Converts a refusal to the result of planning.</summary>
    public static implicit operator PlanResult(Rejection rejection) => new(null, rejection);
}
