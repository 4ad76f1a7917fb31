using Egress.Packing;
using Egress.Storage;
using Egress.Zip;
using Egress.Zip.Format;
using Egress.Zip.Names;

namespace Egress.Downloads.Planning;

/// <summary>Makes a plan of candidates that come one after the other: only the packed form is kept of all of them.</summary>
/// <param name="options">What an archive may contain, and how.</param>
/// <param name="zip">How it will be written.</param>
internal sealed class PlanBuilder(DownloadOptions options, ZipOptions zip) : IDisposable
{
    private readonly PackedListBuilder<PlannedObject> _objects = new(PlannedObjectForm.Instance);
    private readonly UniqueEntryNames _names = new();
    private readonly ArchiveLayoutBuilder _layout = new(zip);
    private readonly List<string> _missingNames = [];
    private ArchiveETagBuilder? _etag;
    private ObjectLocation _firstMissing;
    private Rejection? _tooLarge;

    /// <summary>How many candidates there were.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them do not exist.</summary>
    public int MissingCount { get; private set; }

    /// <summary>Takes the next candidate, looked up.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">Its key is not Unicode.</exception>
    public void Add(in Candidate candidate)
    {
        Count++;
        if (candidate.Size is not { } size)
        {
            AddMissing(candidate);
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
            AddToLayout(planned);
        }
    }

    /// <summary>Why there will be no archive; null when there will be one. Asked once all were added.</summary>
    public Rejection? Refuse()
    {
        if (MissingCount == 0 || (options.IgnoreMissing && MissingCount < Count))
        {
            return _tooLarge;
        }

        return new Rejection(RejectionReason.ObjectMissing)
        {
            Detail = $"{MissingCount} of {Count} objects do not exist, first '{_firstMissing.Key}' in '{_firstMissing.Bucket}'",
        };
    }

    /// <summary>What came of it.</summary>
    /// <exception cref="OverflowException">The sizes come to more than an archive can hold.</exception>
    public (PackedObjects Objects, ArchiveLayout Layout, string? ETag) End()
    {
        var report = _missingNames.Count > 0 ? MissingReport.Create(_missingNames, _names) : null;
        if (report is not null)
        {
            AddToLayout(report);
        }

        return (new PackedObjects(_objects.ToList(), report), _layout.Build(), _layout.SupportsRanges ? _etag?.Create() : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _etag?.Dispose();

    private void AddMissing(in Candidate candidate)
    {
        _firstMissing = MissingCount++ == 0 ? candidate.Location : _firstMissing;
        if (options.IgnoreMissing && options.ReportMissing)
        {
            _missingNames.Add(candidate.WantedName);
        }
    }

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
            StorageCrc32 = candidate.StorageCrc32,
            Modified = options.PreserveFileMetadata ? candidate.Modified : null,
        };
        return new PlannedObject(candidate.Location, entry, size, candidate.ETag);
    }

    private void AddToLayout(PlannedObject planned)
    {
        _layout.Add(planned.Entry);
        if (_layout.SupportsRanges)
        {
            _etag ??= new();
            _etag.Add(planned);
        }
    }
}
