namespace Egress.Zip;

/// <summary>Lays out an archive entry by entry.</summary>
/// <param name="options">How it will be written.</param>
internal sealed class ArchiveLayoutBuilder(ZipOptions options)
{
    private long _count;
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
            _offset = checked(_offset + header.LocalLength + header.CompressedSize!.Value + header.DescriptorLength);
            _directoryLength += header.CentralLength;
            _count++;
        }
    }

    /// <summary>The layout.</summary>
    /// <exception cref="OverflowException">The archive is longer than 2^63 bytes.</exception>
    public ArchiveLayout Build() => _isKnown
        ? new ArchiveLayout(options, _offset, checked(_offset + _directoryLength + CentralDirectory.EndLength(_count, _offset, _directoryLength, options)))
        : new ArchiveLayout(options, 0, null);
}
