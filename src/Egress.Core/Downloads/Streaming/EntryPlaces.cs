using Egress.Downloads.Manifests;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>One entry of an archive and its byte range.</summary>
/// <param name="Index">Its index in the archive, from 0.</param>
/// <param name="Object">The object.</param>
/// <param name="Extent">The offsets of the entry in the archive.</param>
internal readonly record struct EntryPlace(int Index, PlannedObject Object, EntryExtent Extent);

/// <summary>The entries that a range examines, and their places in the archive. Other entries are not unpacked.</summary>
internal sealed class EntryPlaces
{
    private readonly ArchiveManifest _manifest;
    private readonly ArchiveRange _range;
    private readonly RangeWindow _window;

    /// <param name="manifest">The archive.</param>
    /// <param name="range">The range; <see cref="ArchiveRange.All"/> for an archive that cannot be served in ranges.</param>
    public EntryPlaces(ArchiveManifest manifest, ArchiveRange range)
    {
        (_manifest, _range) = (manifest, range);
        HasDirectory = range == ArchiveRange.All || range.To > manifest.Layout.DirectoryOffset;
        if (range == ArchiveRange.All)
        {
            return;
        }

        _window = RangeWindow.Of(manifest, range);
        if (!_window.HasContent)
        {
            (LengthBefore, RecordsOnly, FilesBefore) = (manifest.Layout.DirectoryOffset, _window.Records, manifest.EntryCount);
        }
        else if (!_window.HasAll)
        {
            var first = Content().First();
            (LengthBefore, FilesBefore) = (first.Extent.Start, first.Index);
            RecordsOnly = HasDirectory ? first.Index : 0;
        }
    }

    /// <summary>Whether the range contains bytes of the central directory or of the end records.</summary>
    public bool HasDirectory { get; }

    /// <summary>The total length of the entries before the first one with content in the range, in bytes.</summary>
    public long LengthBefore { get; }

    /// <summary>The number of entries before the first one with content in the range, including folders and files that Egress creates.</summary>
    public int FilesBefore { get; }

    /// <summary>The largest number of entries that <see cref="Records"/> returns.</summary>
    public int RecordsOnly { get; }

    /// <summary>The entries that precede those of <see cref="Records"/> and are not unpacked.</summary>
    public SkippedEntries BeforeRecords => _window.BeforeRecords;

    /// <summary>
    /// The entries that begin with the first entry whose content is in the range; all entries if the range needs the digests of all files.
    /// </summary>
    public IEnumerable<EntryPlace> Content() => _window.HasContent
        ? From(_window.BeforeContent).SkipWhile(place => !_window.HasAll && place.Extent.End <= _range.From)
        : [];

    /// <summary>The entries of which the range contains only the record.</summary>
    public IEnumerable<EntryPlace> Records() =>
        From(_window.BeforeRecords).Take(RecordsOnly).TakeWhile(place => place.Extent.RecordStart < _range.To);

    private IEnumerable<EntryPlace> From(SkippedEntries before)
    {
        var (index, start, record) = (before.Count, before.Length, _manifest.Layout.DirectoryOffset + before.RecordsLength);
        foreach (var planned in _manifest.EntriesFromBlock(before.NextBlock))
        {
            var extent = _manifest.Layout.ExtentOf(planned.Entry, start, record);
            yield return new EntryPlace(index++, planned, extent);
            (start, record) = (extent.End, extent.RecordEnd);
        }
    }
}
