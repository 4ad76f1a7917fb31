using Egress.Packing;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>Makes a plan of candidates that come one after the other: only the packed form is kept of all of them.</summary>
/// <param name="options">What an archive may contain, and how.</param>
/// <param name="zip">How it will be written.</param>
internal sealed class PlanDraft(DownloadOptions options, ZipOptions zip) : IDisposable
{
    private readonly PackedListBuilder<PlannedObject> _objects = new(PlannedObjectForm.Instance);
    private readonly UniqueEntryNames _names = new();
    private readonly ArchiveLayoutBuilder _layout = new(zip);
    private readonly List<Candidate> _missing = [];
    private ArchiveValidator? _validator;
    private Rejection? _tooLarge;
    private int _count;

    /// <summary>How many of the candidates do not exist.</summary>
    public int MissingCount => _missing.Count;

    /// <summary>Takes the next candidate, looked up.</summary>
    /// <exception cref="OverflowException">The sizes come to more than an archive can hold.</exception>
    public void Add(in Candidate candidate)
    {
        _count++;
        if (candidate.Size is not { } size)
        {
            _missing.Add(candidate);
        }
        else if (options.MaxFileSize > 0 && size > options.MaxFileSize)
        {
            _tooLarge ??= new Rejection(RejectionReason.ObjectTooLarge)
            {
                Detail = $"'{candidate.Location.Key}' has {size} bytes, allowed are {options.MaxFileSize} (MAX_FILE_SIZE)",
            };
        }
        else
        {
            var planned = Planned(candidate, size);
            _objects.Add(planned);
            Describe(planned);
        }
    }

    /// <summary>Why there will be no archive; null when there will be one. Asked once all were added.</summary>
    public Rejection? Refuse()
    {
        if (_missing.Count == 0 || (options.IgnoreMissing && _missing.Count < _count))
        {
            return _tooLarge;
        }

        var first = _missing[0].Location;
        return new Rejection(RejectionReason.ObjectMissing)
        {
            Detail = $"{_missing.Count} of {_count} objects do not exist, first '{first.Key}' in '{first.Bucket}'",
        };
    }

    /// <summary>What came of it.</summary>
    /// <exception cref="OverflowException">The sizes come to more than an archive can hold.</exception>
    public (PackedObjects Objects, ArchiveLayout Layout, string? ETag) End()
    {
        var report = options.ReportMissing && _missing.Count > 0 ? MissingReport.Create(_missing.Select(gone => gone.WantedName), _names) : null;
        if (report is not null)
        {
            Describe(report);
        }

        return (new PackedObjects(_objects.ToList(), report), _layout.Build(), _layout.SupportsRanges ? _validator?.Create() : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _validator?.Dispose();

    private PlannedObject Planned(in Candidate candidate, long size)
    {
        var name = _names.Reserve(EntryNames.MakeSafe(candidate.WantedName));
        var entry = new ZipEntry
        {
            Name = name,
            Method = options.CompressionLevel == 0 || size == 0 || CompressedTypes.IsCompressed(name, candidate.ContentType)
                ? ZipMethod.Stored
                : ZipMethod.Deflate,
            Size = size,
            Crc32 = candidate.Crc32,
            StoredCrc32 = candidate.StoredCrc32,
            Modified = options.PreserveFileMetadata ? candidate.Modified : null,
        };
        return new PlannedObject(candidate.Location, entry, size, candidate.ETag);
    }

    private void Describe(PlannedObject planned)
    {
        _layout.Add(planned.Entry);
        if (_layout.SupportsRanges)
        {
            _validator ??= new();
            _validator.Add(planned);
        }
    }
}
