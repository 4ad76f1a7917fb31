using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>What the form of a manifest holds in addition to the packed objects.</summary>
internal sealed record ManifestContent
{
    /// <summary>Exact length and place of the central directory, as far as they are known.</summary>
    public required ArchiveLayout Layout { get; init; }

    /// <summary>Strong validator of the archive's bytes, with quotes; null if another download may have other bytes.</summary>
    public required string? ETag { get; init; }

    /// <summary>How many objects were requested, and how many of them are left out.</summary>
    public required ObjectCounts Counts { get; init; }

    /// <summary>The report of what is missing, which is the last entry; null without one.</summary>
    public required PlannedObject? Report { get; init; }

    /// <summary>The file of checksums, which is the last entry after the report; null without one.</summary>
    public required PlannedObject? ChecksumFile { get; init; }

    /// <summary>Number of packed objects.</summary>
    public required int Count { get; init; }

    /// <summary>The texts that objects share, by index.</summary>
    public required IReadOnlyList<string> Shared { get; init; }

    /// <summary>Where each block of packed objects begins in the form, and where the last one ends.</summary>
    public required long[] Blocks { get; init; }

    /// <summary>Where the first entry of each block begins in the archive, and where the last entry ends; zeros if that is not known.</summary>
    public required long[] Entries { get; init; }

    /// <summary>Where the record of the first entry of each block begins in the central directory, and where the last one ends.</summary>
    public required long[] Records { get; init; }
}

/// <summary>How many objects were requested, after the extension lists, and how many of them are left out.</summary>
/// <param name="Requested">All of them.</param>
/// <param name="Missing">Those that do not exist.</param>
/// <param name="Unavailable">Those that cannot be read.</param>
internal readonly record struct ObjectCounts(int Requested, int Missing, int Unavailable);
