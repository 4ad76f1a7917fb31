using Egress.Records.Links;

namespace Egress.Records;

/// <summary>The stored description of a download: its objects, their bucket, and the name and options of the archive.</summary>
/// <remarks>It is a class, because the generated <c>ToString</c> of a record type would print the password.</remarks>
public sealed class DownloadRecord
{
    /// <summary>The id of the record, in the spelling of the store. A link may spell the id of a UUID differently.</summary>
    public required string Id { get; init; }

    /// <summary>The bucket or container of the objects, or the folder below the root of local storage. It may be empty for local storage.</summary>
    public required string Bucket { get; init; }

    /// <summary>The objects, in the order in which the archive contains them. It may be empty; the planner refuses an empty record.</summary>
    public required IReadOnlyCollection<RecordItem> Objects { get; init; }

    /// <summary>
    /// Whether the stored record names more single objects than <see cref="RecordStoreOptions.MaxObjects"/>. The items beyond the limit were not
    /// read.
    /// </summary>
    public bool HasMoreObjects { get; init; }

    /// <summary>Archive name, with or without <c>.zip</c>; null or empty for the default.</summary>
    public string? Name { get; init; }

    /// <summary>The URL to which the outcome of the download is posted; null for none.</summary>
    public string? Callback { get; init; }

    /// <summary>The password with which all entries are encrypted (AES-256); null or empty for no encryption.</summary>
    public string? Password { get; init; }

    /// <summary>The response headers that the record requests. They are not filtered yet.</summary>
    public IReadOnlyDictionary<string, string> CustomHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the archive has a file of SHA-256 checksums; null for the default in the settings.</summary>
    public bool? ChecksumFile { get; init; }

    /// <summary>The stored state of the link; null if there is none, because the application created the link itself.</summary>
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
    /// <summary>The bucket of this item; null for the bucket of the record.</summary>
    public string? Bucket { get; init; }

    /// <summary>The path inside the archive of the object or, for a prefix, of the folder with its objects; null for the default.</summary>
    public string? Name { get; init; }
}

/// <summary>A single object.</summary>
/// <param name="Key">The object's key. It is used literally, including slashes, spaces and percent signs.</param>
public sealed record ObjectItem(string Key) : RecordItem
{
    /// <summary>
    /// The declared size in bytes, 0 or more; null if not declared. An object with a declared size is not looked up. The size is checked while the
    /// object is sent.
    /// </summary>
    public long? Size { get; init; }

    /// <summary>The declared CRC-32 (IEEE) of the whole object, which is checked while the object is sent; null if not declared.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>The declared time of the last change; null if not declared.</summary>
    public DateTimeOffset? Modified { get; init; }
}

/// <summary>All objects whose keys start with a prefix. The archive keeps their paths relative to the prefix.</summary>
/// <param name="Prefix">The prefix, taken literally; usually ends with a slash.</param>
public sealed record PrefixItem(string Prefix) : RecordItem;

/// <summary>A folder entry without content, so that an archive can contain empty folders.</summary>
/// <param name="Path">The folder's path inside the archive; a trailing slash is optional.</param>
public sealed record FolderItem(string Path) : RecordItem;
