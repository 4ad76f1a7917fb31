using Egress.Storage;

namespace Egress.Downloads;

/// <summary>An object on its way into a plan: found in a record or under a prefix, not yet looked up.</summary>
/// <param name="Location">Where it is.</param>
/// <param name="WantedName">The path it should have in the archive, not yet made safe or unique.</param>
internal readonly record struct Candidate(ObjectLocation Location, string WantedName)
{
    /// <summary>Size in bytes, when record or listing gave it: the object need not be looked up then.</summary>
    public long? Size { get; init; }

    /// <summary>CRC-32, when the record declares it or the storage vouches for it.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>Time of last change, when known.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Validator, when a listing or look-up gave it.</summary>
    public string? ETag { get; init; }

    /// <summary>Media type, when a look-up gave it.</summary>
    public string? ContentType { get; init; }

    /// <summary>Adds what the storage says; what the record declares stays.</summary>
    public Candidate With(ObjectProperties found) => this with
    {
        Size = Size ?? found.Size,
        Crc32 = Crc32 ?? found.Crc32,
        Modified = Modified ?? found.Modified,
        ETag = found.ETag,
        ContentType = found.ContentType,
    };
}
