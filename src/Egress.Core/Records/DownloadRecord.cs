using Egress.Records.Links;

namespace Egress.Records;

/// <summary>The content of one link: the objects, their bucket, and the name of the archive.</summary>
/// <remarks>A class, because the generated <c>ToString</c> of a record type would print the password.</remarks>
public sealed class DownloadRecord
{
    /// <summary>The id, as the store prints it.</summary>
    public required string Id { get; init; }

    /// <summary>Bucket, container, or path prefix under the storage root; may be empty for local disk.</summary>
    public required string Bucket { get; init; }

    /// <summary>The objects in the order of the archive. May be empty; the planner refuses an empty record.</summary>
    public required IReadOnlyCollection<RecordItem> Objects { get; init; }

    /// <summary>
    /// Whether the stored record has more single objects than <see cref="RecordStoreOptions.MaxObjects"/>. Further items were not read.
    /// </summary>
    public bool HasMoreObjects { get; init; }

    /// <summary>Archive name, with or without <c>.zip</c>; null or empty for the default.</summary>
    public string? Name { get; init; }

    /// <summary>URL to POST the outcome to; null for none.</summary>
    public string? Callback { get; init; }

    /// <summary>Password for AES-256 of all entries; null or empty for none.</summary>
    public string? Password { get; init; }

    /// <summary>Response headers that the record requests, unfiltered.</summary>
    public IReadOnlyDictionary<string, string> CustomHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the archive has a file of SHA-256 checksums; null for the default in the settings.</summary>
    public bool? ChecksumFile { get; init; }

    /// <summary>The stored state of the link; null if Egress has none, because the application created the link itself.</summary>
    public LinkState? Link { get; init; }

    /// <summary>Returns the same record with another id.</summary>
    internal DownloadRecord WithId(string id) => new()
    {
        Id = id,
        Bucket = Bucket,
        Objects = Objects,
        HasMoreObjects = HasMoreObjects,
        Name = Name,
        Callback = Callback,
        Password = Password,
        CustomHeaders = CustomHeaders,
        ChecksumFile = ChecksumFile,
    };
}

/// <summary>One item of a record's <c>objects</c>.</summary>
public abstract record RecordItem
{
    /// <summary>Bucket of this item, if it differs from that of the record.</summary>
    public string? Bucket { get; init; }

    /// <summary>The path inside the archive: of the object, or of the folder for the objects of a prefix.</summary>
    public string? Name { get; init; }
}

/// <summary>A single object.</summary>
/// <param name="Key">The object's key, taken literally: slashes, spaces and percent signs included.</param>
public sealed record ObjectItem(string Key) : RecordItem
{
    /// <summary>Declared size in bytes, 0 or more. With it the object is not looked up. It is checked while the object is sent.</summary>
    public long? Size { get; init; }

    /// <summary>Declared CRC-32 (IEEE) of the whole object. It is checked while the object is sent.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>Declared time of last change.</summary>
    public DateTimeOffset? Modified { get; init; }
}

/// <summary>All objects under a prefix, with the folders below the prefix.</summary>
/// <param name="Prefix">The prefix, taken literally; usually ends with a slash.</param>
public sealed record PrefixItem(string Prefix) : RecordItem;

/// <summary>A folder entry without content, so that an archive can contain empty folders.</summary>
/// <param name="Path">The folder's path inside the archive; a trailing slash is optional.</param>
public sealed record FolderItem(string Path) : RecordItem;
