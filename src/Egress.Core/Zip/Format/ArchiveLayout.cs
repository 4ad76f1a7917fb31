namespace Egress.Zip.Format;

/// <summary>The length of an archive and the offsets in it, if entries and options determine them before content is read.</summary>
internal sealed class ArchiveLayout
{
    /// <summary>
    /// The version of the archive format. It must be raised when the same entries result in other bytes than before. It is part of the validator of each
    /// archive.
    /// </summary>
    public const int FormatVersion = 1;

    private readonly ZipOptions _options;

    internal ArchiveLayout(ZipOptions options, long directoryOffset, long directoryLength, long? length)
    {
        _options = options;
        DirectoryOffset = directoryOffset;
        DirectoryLength = directoryLength;
        Length = length;
    }

    /// <summary>Exact length of the archive in bytes; null if an entry is compressed or its size is not known.</summary>
    public long? Length { get; }

    /// <summary>Offset of the central directory; 0 if <see cref="Length"/> is not known.</summary>
    public long DirectoryOffset { get; }

    /// <summary>Total length of the records of the central directory, without the end records; 0 if <see cref="Length"/> is not known.</summary>
    public long DirectoryLength { get; }

    /// <summary>Whether the same entries always result in the same bytes and offsets, so that ranges can be written (<see cref="ArchiveRange"/>).</summary>
    public bool SupportsRanges => Length is not null && !_options.Encrypts;

    /// <summary>Computes the layout of an archive of these entries, in this order.</summary>
    public static ArchiveLayout Create(IEnumerable<ZipEntry> entries, ZipOptions options)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(options);
        var builder = new ArchiveLayoutBuilder(options);
        foreach (var entry in entries)
        {
            builder.Add(entry);
        }

        return builder.Build();
    }

    /// <summary>Returns the offsets of an entry in the archive.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="start">Offset of the entry: 0 for the first one, otherwise the end of the previous entry.</param>
    /// <param name="record">Offset of its record: <see cref="DirectoryOffset"/> for the first one, otherwise the end of the previous record.</param>
    /// <exception cref="InvalidOperationException">The offsets are not known: <see cref="Length"/> is null.</exception>
    public EntryExtent ExtentOf(ZipEntry entry, long start, long record)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (Length is null)
        {
            throw new InvalidOperationException("The offsets of these entries are not known before they are written.");
        }

        var header = EntryHeader.PlanStored(entry, start, _options);
        var dataStart = start + header.LocalLength;
        var dataEnd = dataStart + header.CompressedSize!.Value;
        return new(start, dataStart, dataEnd, dataEnd + header.DescriptorLength, record, record + header.CentralLength);
    }

    /// <summary>
    /// Whether a range of the archive contains the CRC of an entry: in its local header, its data descriptor or its central directory record.
    /// </summary>
    /// <param name="extent">The offsets of the entry.</param>
    /// <param name="range">The range.</param>
    public static bool NeedsCrc(in EntryExtent extent, ArchiveRange range) =>
        range.Overlaps(extent.Start, extent.DataStart) || range.Overlaps(extent.DataEnd, extent.End)
        || range.Overlaps(extent.RecordStart, extent.RecordEnd);
}
