using Egress.Downloads.Checksums;
using Egress.Downloads.Manifests;
using Egress.Storage;
using Egress.Zip;
using Egress.Zip.Names;

namespace Egress.Downloads.Planning;

/// <summary>Builds a manifest from candidates, which are added one after the other. Keeps only their packed form.</summary>
/// <param name="options">Content, naming and limits of the archive.</param>
/// <param name="zip">How the archive will be written.</param>
/// <param name="hasChecksumFile">Whether an archive with files gets a file of checksums.</param>
internal sealed class PlanBuilder(DownloadOptions options, ZipOptions zip, bool hasChecksumFile) : IDisposable
{
    /// <summary>The largest number of objects that a refusal names.</summary>
    private const int MostNamed = 20;

    private readonly ManifestBuilder _manifest = new(zip);
    private readonly UniqueEntryNames _names = new();
    private readonly MissingReport _report = new();
    private readonly List<(string Name, DateTimeOffset? Modified)> _folders = [];
    private readonly List<ObjectLocation> _missing = [];
    private readonly List<ObjectLocation> _unavailable = [];
    private long _checksumFileSize;
    private UnavailableReason _firstReason;
    private ArchiveETagBuilder? _etag;
    private Rejection? _tooLarge;

    /// <summary>The number of requested objects.</summary>
    public int Count { get; private set; }

    /// <summary>The number of requested objects that do not exist.</summary>
    public int MissingCount { get; private set; }

    /// <summary>The number of requested objects that exist, but cannot be read.</summary>
    public int UnavailableCount { get; private set; }

    /// <summary>Adds the next candidate. It must have been looked up, if it needs that.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">Its key is not Unicode.</exception>
    public void Add(in Candidate candidate)
    {
        if (candidate.IsFolder)
        {
            AddFolder(candidate);
            return;
        }

        Count++;
        if (candidate.Unavailable is { } reason)
        {
            AddUnavailable(candidate, reason);
        }
        else if (candidate.Size is not { } size)
        {
            AddMissing(candidate);
        }
        else if (options.MaxFileSize > 0 && size > options.MaxFileSize)
        {
            _tooLarge ??= new Rejection(RejectionReason.ObjectTooLarge)
            {
                Detail = $"'{candidate.Location.Key}' has {size} bytes; the limit is {options.MaxFileSize} (MAX_FILE_SIZE)",
                Objects = [candidate.Location],
            };
        }
        else
        {
            AddEntry(Planned(candidate, size));
        }
    }

    /// <summary>Returns the refusal of the archive; null if it can be sent. Called after all candidates were added.</summary>
    public Rejection? Refuse()
    {
        var isEmpty = Count > 0 && MissingCount + UnavailableCount == Count;
        if (MissingCount > 0 && (isEmpty || !options.IgnoreMissing))
        {
            return new Rejection(RejectionReason.ObjectMissing)
            {
                Detail = $"{MissingCount} of {Count} objects do not exist, first '{_missing[0].Key}' in '{_missing[0].Bucket}'",
                Objects = _missing,
            };
        }

        if (UnavailableCount > 0 && (isEmpty || !options.SkipUnavailable))
        {
            var (bucket, key) = _unavailable[0];
            return new Rejection(RejectionReason.ObjectUnavailable)
            {
                Detail = $"{UnavailableCount} of {Count} objects cannot be read, first '{key}' in '{bucket}' ({_firstReason})",
                Objects = _unavailable,
            };
        }

        return Count == 0 && _folders.Count == 0
            ? new Rejection(RejectionReason.RecordEmpty) { Detail = "the record names only folder markers" }
            : _tooLarge;
    }

    /// <summary>Returns the finished manifest. Called last.</summary>
    /// <param name="key">The record that was planned.</param>
    /// <param name="now">The current time, which becomes the time of planning.</param>
    /// <exception cref="OverflowException">The archive would be too long.</exception>
    public ArchiveManifest End(ManifestKey key, DateTimeOffset now)
    {
        foreach (var (wanted, modified) in _folders)
        {
            // A folder that contains entries needs no entry of its own.
            if (_names.ReserveEmptyFolder(EntryNames.MakeSafe(wanted)) is { } folder)
            {
                var entry = new ZipEntry { Name = folder, Method = ZipMethod.Stored, Size = 0, Crc32 = 0, Modified = TimeOf(modified) };
                AddEntry(new PlannedObject(default, entry, 0, null) { Content = ReadOnlyMemory<byte>.Empty });
            }
        }

        var report = _report.IsEmpty ? null : _report.ToEntry(_names);
        if (report is not null)
        {
            Include(report);
        }

        var checksumFile = _checksumFileSize == 0 ? null : ChecksumFile.Plan(_names.Reserve(ChecksumFile.Name), _checksumFileSize);
        if (checksumFile is not null)
        {
            AddToETag(checksumFile);
        }

        return _manifest.Build(key, report, checksumFile, new ObjectCounts(Count, MissingCount, UnavailableCount), _etag?.Create(), now);
    }

    /// <inheritdoc/>
    public void Dispose() => _etag?.Dispose();

    private void AddFolder(in Candidate candidate)
    {
        if (candidate.FolderName is { } name)
        {
            _folders.Add((name, candidate.Modified));
        }
    }

    private void AddMissing(in Candidate candidate)
    {
        MissingCount++;
        Name(_missing, candidate);
        if (options.IgnoreMissing && options.ReportMissing)
        {
            _report.Add(candidate.WantedName, null);
        }
    }

    private void AddUnavailable(in Candidate candidate, UnavailableReason reason)
    {
        _firstReason = UnavailableCount++ == 0 ? reason : _firstReason;
        Name(_unavailable, candidate);
        if (options.SkipUnavailable)
        {
            _report.Add(candidate.WantedName, reason);
        }
    }

    private static void Name(List<ObjectLocation> objects, in Candidate candidate)
    {
        if (objects.Count < MostNamed)
        {
            objects.Add(candidate.Location);
        }
    }

    private PlannedObject Planned(in Candidate candidate, long size)
    {
        // An object with content whose key ends with a slash is a file without a name in that folder.
        var wanted = candidate.WantedName.EndsWith('/') && candidate.Location.Key.EndsWith('/') ? candidate.WantedName + "_" : candidate.WantedName;
        var name = _names.Reserve(EntryNames.MakeSafe(wanted));
        var isStored = options.CompressionLevel == 0 || size == 0 || CompressedTypes.IsCompressed(name, candidate.ContentType);
        var entry = new ZipEntry
        {
            Name = name,
            Method = isStored ? ZipMethod.Stored : ZipMethod.Deflate,
            Size = size,
            Crc32 = candidate.Crc32,
            StorageCrc32 = candidate.StorageCrc32,
            Modified = TimeOf(candidate.Modified),
        };
        return new PlannedObject(candidate.Location, entry, size, candidate.ETag);
    }

    /// <summary>Returns the time of an entry in whole seconds, as archives store it; null if entries have no times of their own.</summary>
    private DateTimeOffset? TimeOf(DateTimeOffset? modified) => options.PreserveFileMetadata && modified is { } time
        ? new DateTimeOffset(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero)
        : null;

    private void AddEntry(PlannedObject planned)
    {
        _manifest.Add(planned);
        Include(planned);
    }

    /// <summary>Adds an entry to the validator of the archive and to the planned size of the file of checksums.</summary>
    private void Include(PlannedObject planned)
    {
        AddToETag(planned);
        _checksumFileSize += hasChecksumFile ? ChecksumFile.LineLength(planned.Entry) : 0;
    }

    private void AddToETag(PlannedObject planned)
    {
        if (_manifest.SupportsRanges)
        {
            _etag ??= new();
            _etag.Add(planned);
        }
    }
}
