using Egress.Packing;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>Builds a manifest from the objects of an archive, which are added one after the other. Only their packed form is kept in memory.</summary>
/// <param name="zip">How the archive will be written.</param>
internal sealed class ManifestBuilder(ZipOptions zip)
{
    private readonly ChunkedBytesWriter _output = ManifestForm.Begin();
    private readonly ArchiveLayoutBuilder _layout = new(zip);
    private readonly List<long> _entries = [];
    private readonly List<long> _records = [];
    private PackedListBuilder<PlannedObject>? _objects;

    /// <summary>Whether an archive of the entries that were added so far can be sent in ranges.</summary>
    public bool SupportsRanges => _layout.SupportsRanges;

    private PackedListBuilder<PlannedObject> Objects => _objects ??= new(PlannedObjectForm.Instance, _output);

    /// <summary>Adds the next object.</summary>
    /// <exception cref="System.Text.EncoderFallbackException">Its key is not Unicode.</exception>
    public void Add(PlannedObject planned)
    {
        if (Objects.Count % PackedList<PlannedObject>.BlockLength == 0)
        {
            MarkBlock();
        }

        Objects.Add(planned);
        _layout.Add(planned.Entry);
    }

    /// <summary>Returns the finished manifest. Called last.</summary>
    /// <param name="key">The record that was planned.</param>
    /// <param name="report">The report of missing objects, which comes after the objects; null without one.</param>
    /// <param name="checksumFile">The file of checksums, which is the last entry after the report; null without one.</param>
    /// <param name="counts">The numbers of requested and omitted objects.</param>
    /// <param name="etag">The validator of the archive; null if its bytes may differ between downloads.</param>
    /// <param name="now">The current time, which becomes the time of planning.</param>
    /// <exception cref="OverflowException">The archive would be too long.</exception>
    public ArchiveManifest Build(
        ManifestKey key, PlannedObject? report, PlannedObject? checksumFile, ObjectCounts counts, string? etag, DateTimeOffset now)
    {
        Objects.End();
        MarkBlock();
        foreach (var last in (ReadOnlySpan<PlannedObject?>)[report, checksumFile])
        {
            if (last is not null)
            {
                _layout.Add(last.Entry);
            }
        }

        var layout = _layout.Build();
        var content = new ManifestContent
        {
            Layout = layout,
            ETag = layout.SupportsRanges ? etag : null,
            Counts = counts,
            Report = report,
            ChecksumFile = checksumFile,
            Count = Objects.Count,
            Shared = Objects.SharedTexts,
            Blocks = [.. Objects.Starts],
            Entries = [.. _entries],
            Records = [.. _records],
        };
        return new ArchiveManifest(key, content, ManifestForm.End(_output, content), now);
    }

    private void MarkBlock()
    {
        _entries.Add(_layout.Offset);
        _records.Add(_layout.DirectoryLength);
    }
}
