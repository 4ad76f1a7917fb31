using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>The content of a manifest's stored form, without the packed objects.</summary>
internal sealed record ManifestContent
{
    /// <summary>The exact length of the archive and the offset of its central directory, if they are known.</summary>
    public required ArchiveLayout Layout { get; init; }

    /// <summary>The strong validator of the archive, with quotes; null if its bytes may differ between downloads.</summary>
    public required string? ETag { get; init; }

    /// <summary>The numbers of requested and omitted objects.</summary>
    public required ObjectCounts Counts { get; init; }

    /// <summary>The report of missing objects; null without one.</summary>
    public required PlannedObject? Report { get; init; }

    /// <summary>The file of checksums, which is the last entry after the report; null without one.</summary>
    public required PlannedObject? ChecksumFile { get; init; }

    /// <summary>The number of packed objects.</summary>
    public required int Count { get; init; }

    /// <summary>The texts that several objects share. The packed objects refer to them by their index.</summary>
    public required IReadOnlyList<string> Shared { get; init; }

    /// <summary>The offset of each block of packed objects in the form, and the end of the last block.</summary>
    public required long[] Blocks { get; init; }

    /// <summary>The offset of the first entry of each block in the archive, and the end of the last entry; zeros if they are not known.</summary>
    public required long[] Entries { get; init; }

    /// <summary>For each block, the offset in the central directory of the record of its first entry, and the end of the last record.</summary>
    public required long[] Records { get; init; }
}

/// <summary>The numbers of requested and omitted objects. Objects that the extension lists exclude are not counted.</summary>
/// <param name="Requested">Number of requested objects.</param>
/// <param name="Missing">Number of objects that do not exist.</param>
/// <param name="Unavailable">Number of objects that cannot be read.</param>
internal readonly record struct ObjectCounts(int Requested, int Missing, int Unavailable);
