using Egress.Backends;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>An object that may become an entry. It was found in a record or under a prefix, and looked up if needed.</summary>
/// <param name="Location">Bucket and key of the object; default for a folder that the record requests.</param>
/// <param name="WantedName">The path that it should have in the archive, not yet made safe or unique.</param>
internal readonly record struct Candidate(ObjectLocation Location, string WantedName)
{
    /// <summary>Size in bytes, from the record or the storage; null for an object that does not exist or is not looked up yet.</summary>
    public long? Size { get; init; }

    /// <summary>CRC-32 that the record declares; null if it declares none.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>CRC-32 that the storage has verified; null if the look-up did not return one.</summary>
    public uint? StorageCrc32 { get; init; }

    /// <summary>Time of the last change; null if it is not known.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>The <c>ETag</c> of the object in the storage; null if it is not known.</summary>
    public string? ETag { get; init; }

    /// <summary>Media type; null if it is not needed or not known.</summary>
    public string? ContentType { get; init; }

    /// <summary>Why the content cannot be read, according to the object's metadata; null if it can be read.</summary>
    public UnavailableReason? Unavailable { get; init; }

    /// <summary>Whether the object was looked up in the storage.</summary>
    public bool IsLookedUp { get; init; }

    /// <summary>The name of the folder entry, if this candidate is a folder (<see cref="IsFolder"/>); null to leave the folder out.</summary>
    public string? FolderName { get; init; }

    /// <summary>
    /// Whether this candidate is a folder: an item of the record that requests one, or an empty object whose key ends with a slash, as storage consoles create
    /// them.
    /// </summary>
    public bool IsFolder => Location == default || (Size == 0 && Location.Key.EndsWith('/'));

    /// <summary>
    /// Whether the media type decides if the object is compressed. If the name has an extension, the media type is not used, because listings of S3
    /// have no media types and the plan must not depend on how an object was found.
    /// </summary>
    public bool NeedsContentType => Path.GetExtension(WantedName.AsSpan()).Length <= 1;

    /// <summary>
    /// Returns the candidate with the properties from the storage. Values that the record declares are kept, but must not contradict the storage.
    /// </summary>
    /// <param name="found">The properties from the storage; null for an object that does not exist.</param>
    /// <exception cref="BackendException">The object has another size or checksum than the record declares.</exception>
    public Candidate With(ObjectProperties? found)
    {
        if (found is not { Unavailable: null })
        {
            return this with { IsLookedUp = true, Size = null, Unavailable = found?.Unavailable };
        }

        if (Size is { } size && size != found.Size)
        {
            throw Changed($"has {found.Size} bytes, not {size} as the record declares");
        }

        if (Crc32 is { } crc && found.Crc32 is { } stored && crc != stored)
        {
            throw Changed($"has CRC-32 {stored:x8}, not {crc:x8} as the record declares");
        }

        return this with
        {
            IsLookedUp = true,
            Size = found.Size,
            StorageCrc32 = found.Crc32,
            Modified = Modified ?? found.Modified,
            ETag = found.ETag,
            ContentType = NeedsContentType ? found.ContentType : null,
        };
    }

    private BackendException Changed(string how) => new(Backend.Storage, BackendFault.Changed, $"The object '{Location.Key}' {how}.");
}
