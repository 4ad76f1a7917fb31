using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>An object on its way into a plan: found in a record or under a prefix, not yet looked up.</summary>
/// <param name="Location">Where it is.</param>
/// <param name="WantedName">The path it should have in the archive, not yet made safe or unique.</param>
internal readonly record struct Candidate(ObjectLocation Location, string WantedName)
{
    /// <summary>Size in bytes, when record or listing gave it: the object need not be looked up then.</summary>
    public long? Size { get; init; }

    /// <summary>CRC-32, when the record declares it.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>CRC-32, when the storage vouches for it: not every look-up tells it.</summary>
    public uint? StorageCrc32 { get; init; }

    /// <summary>Time of last change, when known.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Validator, when a listing or look-up gave it.</summary>
    public string? ETag { get; init; }

    /// <summary>Media type, when it is needed and known.</summary>
    public string? ContentType { get; init; }

    /// <summary>
    /// Whether only the media type can tell if the object is compressed already. Where the name has an extension that decides alone, so that
    /// nothing depends on whether the object was looked up or found in a listing: those of S3 have no media types.
    /// </summary>
    public bool NeedsContentType => Path.GetExtension(WantedName.AsSpan()).Length <= 1;

    /// <summary>Adds what the storage says; what the record declares stays.</summary>
    public Candidate With(ObjectProperties found) => this with
    {
        Size = Size ?? found.Size,
        StorageCrc32 = found.Crc32,
        Modified = Modified ?? found.Modified,
        ETag = found.ETag,
        ContentType = NeedsContentType ? found.ContentType : null,
    };
}
