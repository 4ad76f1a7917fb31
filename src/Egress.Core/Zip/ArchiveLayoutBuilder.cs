namespace Egress.Zip;

/// <summary>Lays out an archive entry by entry.</summary>
/// <param name="options">How it will be written.</param>
/// <param name="mostEntries">How many entries there are at most.</param>
internal sealed class ArchiveLayoutBuilder(ZipOptions options, int mostEntries)
{
    private long[] _offsets = [];
    private int _count;
    private long _offset;
    private long _directoryLength;
    private bool _isKnown = true;

    /// <summary>Whether parts of an archive of the entries so far can be written (<see cref="ArchiveLayout.SupportsRanges"/>).</summary>
    public bool SupportsRanges => _isKnown && !options.Encrypts;

    /// <summary>Takes the next entry.</summary>
    /// <exception cref="OverflowException">The archive is longer than 2^63 bytes.</exception>
    public void Add(ZipEntry entry)
    {
        _isKnown = _isKnown && entry.Size is not null && entry.PlannedMethod(options) == ZipMethod.Stored;
        if (_isKnown)
        {
            var header = EntryHeader.PlanStored(entry, _offset, options);
            _offsets = _count > 0 ? _offsets : new long[mostEntries];
            _offsets[_count++] = _offset;
            _offset = checked(_offset + header.LocalLength + header.CompressedSize!.Value + header.DescriptorLength);
            _directoryLength += header.CentralLength;
        }
    }

    /// <summary>The layout.</summary>
    /// <param name="entries">The entries that were added.</param>
    /// <exception cref="OverflowException">The archive is longer than 2^63 bytes.</exception>
    public ArchiveLayout Build(IReadOnlyList<ZipEntry> entries)
    {
        if (!_isKnown)
        {
            return new ArchiveLayout(entries, options, [], 0, null);
        }

        var endLength = CentralDirectory.EndLength(_count, _offset, _directoryLength, options);
        return new ArchiveLayout(entries, options, _offsets, _offset, checked(_offset + _directoryLength + endLength));
    }
}
