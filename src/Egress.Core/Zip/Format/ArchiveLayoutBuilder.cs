namespace Egress.Zip.Format;

/// <summary>Computes the layout of an archive entry by entry.</summary>
/// <param name="options">How the archive will be written.</param>
internal sealed class ArchiveLayoutBuilder(ZipOptions options)
{
    private long _count;
    private long _offset;
    private long _directoryLength;
    private bool _isKnown = true;
    private bool _isTooLong;

    /// <summary>Whether an archive of the entries that were added so far can be written in ranges (<see cref="ArchiveLayout.SupportsRanges"/>).</summary>
    public bool SupportsRanges => _isKnown && !options.Encrypts;

    /// <summary>Offset of the next entry; 0 if it is not known.</summary>
    public long Offset => SupportsRanges ? _offset : 0;

    /// <summary>Total length of the central directory records of the entries that were added so far; 0 if it is not known.</summary>
    public long DirectoryLength => SupportsRanges ? _directoryLength : 0;

    /// <summary>Adds the next entry.</summary>
    public void Add(ZipEntry entry)
    {
        _isKnown = _isKnown && entry.Size is not null && entry.PlannedMethod(options) == ZipMethod.Stored;
        if (_isKnown && !_isTooLong)
        {
            var header = EntryHeader.PlanStored(entry, _offset, options);
            var end = (Int128)_offset + header.LocalLength + header.CompressedSize!.Value + header.DescriptorLength;
            _isTooLong = end > long.MaxValue || end < _offset;
            _offset = _isTooLong ? _offset : (long)end;
            _directoryLength += header.CentralLength;
            _count++;
        }
    }

    /// <summary>Returns the layout of the added entries.</summary>
    /// <exception cref="OverflowException">The archive is longer than 2^63 bytes.</exception>
    public ArchiveLayout Build()
    {
        if (_isTooLong)
        {
            throw new OverflowException("The archive is longer than 2^63 bytes.");
        }

        if (!_isKnown)
        {
            return new ArchiveLayout(options, 0, 0, null);
        }

        var endLength = CentralDirectory.EndLength(_count, _offset, _directoryLength, options);
        return new ArchiveLayout(options, _offset, _directoryLength, checked(_offset + _directoryLength + endLength));
    }
}
