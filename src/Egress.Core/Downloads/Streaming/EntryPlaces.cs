using Egress.Downloads.Manifests;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>One entry of an archive.</summary>
/// <param name="Index">Its index in the archive, from 0.</param>
/// <param name="Object">The object.</param>
/// <param name="Extent">Where it is.</param>
internal readonly record struct EntryPlace(int Index, PlannedObject Object, EntryExtent Extent);

/// <summary>The entries that a range looks at, and where they are. Others are not unpacked.</summary>
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

    /// <summary>Whether the range has some of the central directory or of the end.</summary>
    public bool HasDirectory { get; }

    /// <summary>Length of all entries before the first one with content in the range.</summary>
    public long LengthBefore { get; }

    /// <summary>Their number, folders and files that Egress makes included.</summary>
    public int FilesBefore { get; }

    /// <summary>How many entries are looked at of which the range has only the record, at most.</summary>
    public int RecordsOnly { get; }

    /// <summary>The entries before the first one of which the range has only the record.</summary>
    public SkippedEntries BeforeRecords => _window.BeforeRecords;

    /// <summary>The entries from the first one with content in the range on; all entries if it needs the digests of all files.</summary>
    public IEnumerable<EntryPlace> Content() => _window.HasContent
        ? From(_window.BeforeContent).SkipWhile(place => !_window.HasAll && place.Extent.End <= _range.From)
        : [];

    /// <summary>The entries of which the range has only the record.</summary>
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
