using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>The content of a manifest's form in addition to the packed objects.</summary>
internal sealed record ManifestContent
{
    /// <summary>Exact length and place of the central directory, as far as they are known.</summary>
    public required ArchiveLayout Layout { get; init; }

    /// <summary>Strong validator of the archive's bytes, with quotes; null if another download may have other bytes.</summary>
    public required string? ETag { get; init; }

    /// <summary>The numbers of requested and omitted objects.</summary>
    public required ObjectCounts Counts { get; init; }

    /// <summary>The report of missing objects; null without one.</summary>
    public required PlannedObject? Report { get; init; }

    /// <summary>The file of checksums, which is the last entry after the report; null without one.</summary>
    public required PlannedObject? ChecksumFile { get; init; }

    /// <summary>Number of packed objects.</summary>
    public required int Count { get; init; }

    /// <summary>The texts that objects share, by index.</summary>
    public required IReadOnlyList<string> Shared { get; init; }

    /// <summary>The offset of each block of packed objects in the form, and the end of the last one.</summary>
    public required long[] Blocks { get; init; }

    /// <summary>The offset of the first entry of each block in the archive, and the end of the last entry; zeros if they are not known.</summary>
    public required long[] Entries { get; init; }

    /// <summary>The offset of the record of the first entry of each block in the central directory, and the end of the last record.</summary>
    public required long[] Records { get; init; }
}

/// <summary>The numbers of requested objects (after the extension lists) and of omitted ones.</summary>
/// <param name="Requested">Number of requested objects.</param>
/// <param name="Missing">Number of objects that do not exist.</param>
/// <param name="Unavailable">Number of objects that cannot be read.</param>
internal readonly record struct ObjectCounts(int Requested, int Missing, int Unavailable);
