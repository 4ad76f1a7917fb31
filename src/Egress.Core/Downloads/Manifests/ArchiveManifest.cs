using Egress.Packing;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>
/// The finished plan of one archive, which several downloads of a record share. Immutable, except for checksums that are added later.
/// </summary>
internal sealed class ArchiveManifest
{
    private readonly ManifestContent _content;

    /// <param name="key">The record and its version.</param>
    /// <param name="content">The content of the stored form, without the packed objects.</param>
    /// <param name="form">The form in which the manifest is stored.</param>
    /// <param name="plannedAt">When planning ended.</param>
    public ArchiveManifest(ManifestKey key, ManifestContent content, ChunkedBytes form, DateTimeOffset plannedAt)
    {
        (_content, Key, Form, PlannedAt) = (content, key, form, plannedAt);
        var packed = new PackedList<PlannedObject>(PlannedObjectForm.Instance, form, content.Blocks, content.Shared, content.Count);
        Objects = new PackedObjects(packed, content.Report);
        Checksums = new EntryChecksums(EntryCount);
        Index = content.Layout.SupportsRanges ? new EntryIndex(content.Entries, content.Records) : null;
    }

    /// <summary>The record and its version.</summary>
    public ManifestKey Key { get; }

    /// <summary>The objects in the order of the archive.</summary>
    public PackedObjects Objects { get; }

    /// <summary>The file of checksums, which is the last entry after the objects; null without one.</summary>
    public PlannedObject? ChecksumFile => _content.ChecksumFile;

    /// <summary>The byte range of the file of checksums in the archive. The archive must have this file and support ranges.</summary>
    public EntryExtent ChecksumFileExtent
    {
        get
        {
            // The file is the last entry, so its offset is computed back from the central directory. The length of an entry does not depend on its offset, but
            // the length of its directory record does.
            var (entry, directory) = (ChecksumFile!.Entry, Layout.DirectoryOffset);
            var start = directory - Layout.ExtentOf(entry, 0, directory).End;
            var recordLength = Layout.ExtentOf(entry, start, directory).RecordEnd - directory;
            return Layout.ExtentOf(entry, start, directory + Layout.DirectoryLength - recordLength);
        }
    }

    /// <summary>The number of entries, with the file of checksums.</summary>
    public int EntryCount => Objects.Count + (ChecksumFile is null ? 0 : 1);

    /// <summary>The exact length of the archive and the offset of its central directory, if they are known.</summary>
    public ArchiveLayout Layout => _content.Layout;

    /// <summary>The offsets of blocks of entries in the archive; null if the archive cannot be sent in ranges.</summary>
    public EntryIndex? Index { get; }

    /// <summary>The checksums of entries that requests of this process have read. They are not part of the form.</summary>
    public EntryChecksums Checksums { get; }

    /// <summary>The strong validator of the archive, with quotes; null if its bytes may differ between downloads.</summary>
    public string? ETag => _content.ETag;

    /// <summary>The number of requested objects, without those that the extension lists exclude.</summary>
    public int RequestedCount => _content.Counts.Requested;

    /// <summary>The number of requested objects that do not exist.</summary>
    public int MissingCount => _content.Counts.Missing;

    /// <summary>The number of requested objects that cannot be read.</summary>
    public int UnavailableCount => _content.Counts.Unavailable;

    /// <summary>When planning ended.</summary>
    public DateTimeOffset PlannedAt { get; }

    /// <summary>Whether the manifest was read from a store. Another process with another clock may have planned it.</summary>
    public bool IsStored { get; private init; }

    /// <summary>The form in which the manifest is stored. It contains everything except the key and the time of planning.</summary>
    public ChunkedBytes Form { get; }

    /// <summary>Memory of the manifest in bytes, including the checksums of all entries.</summary>
    public long SizeInBytes => Objects.SizeInBytes + (Index?.SizeInBytes ?? 0) + (ETag is null ? 0 : EntryChecksums.SizeInBytes(EntryCount));

    /// <summary>Returns the entries from a block of objects on, with the file of checksums as the last one.</summary>
    /// <param name="first">The block, from 0.</param>
    public IEnumerable<PlannedObject> EntriesFromBlock(int first) =>
        ChecksumFile is { } file ? Objects.FromBlock(first).Append(file) : Objects.FromBlock(first);

    /// <summary>Reads a manifest from its form.</summary>
    /// <param name="key">The record and its version.</param>
    /// <param name="form">The form.</param>
    /// <param name="plannedAt">When planning ended.</param>
    /// <param name="zip">How the archive is written.</param>
    /// <returns>Null if the form is damaged, not complete, or of another version.</returns>
    public static ArchiveManifest? TryRead(ManifestKey key, ChunkedBytes form, DateTimeOffset plannedAt, ZipOptions zip) =>
        ManifestForm.TryRead(form, zip) is { } content
            ? new ArchiveManifest(key, content, form, plannedAt) { IsStored = true }
            : null;
}

/// <summary>Identifies a record and its content, so that a manifest is never used after the record was edited.</summary>
/// <param name="RecordId">Id of the record.</param>
/// <param name="Fingerprint">Hash of all data of the record on which the archive depends.</param>
internal readonly record struct ManifestKey(string RecordId, UInt128 Fingerprint);

/// <summary>The result of planning: a manifest or a refusal.</summary>
/// <param name="Manifest">The manifest; null if refused.</param>
/// <param name="Rejection">The refusal; null if planned.</param>
internal readonly record struct ManifestResult(ArchiveManifest? Manifest, Rejection? Rejection)
{
    /// <summary>Whether this request planned the archive. Otherwise it waited for another request that did.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Converts a manifest to the result of planning.</summary>
    public static implicit operator ManifestResult(ArchiveManifest manifest) => new(manifest, null);

    /// <summary>Converts a refusal to the result of planning.</summary>
    public static implicit operator ManifestResult(Rejection rejection) => new(null, rejection);
}
