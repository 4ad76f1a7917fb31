using System.Security.Cryptography;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Records.Roles;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Streaming;

/// <summary>Plans which objects a range of an archive reads, and from which offset.</summary>
/// <param name="plan">The archive.</param>
/// <param name="range">The range; <see cref="ArchiveRange.All"/> for an archive that cannot be served in ranges.</param>
/// <param name="piecesOf">The parts of an object whose checksums are known in this process. The result changes while other ranges are sent.</param>
internal sealed class RangePlan(DownloadPlan plan, ArchiveRange range, Func<PlannedObject, Pieces> piecesOf)
{
    /// <summary>
    /// The largest number of entries whose checksums are looked up before the first byte. The checksums of more entries are looked up after the
    /// content was sent.
    /// </summary>
    private const int MostRecalledBefore = ChecksumCacheLimits.BatchSize;

    /// <summary>
    /// The size up to which an object is read again from its start, in bytes, if the checksums of only some of its parts are known. One request for the whole
    /// object is then faster than one for each gap.
    /// </summary>
    private const long LargestReread = 2 << 20;

    private static readonly Sha256Digest Empty = Sha256Digest.From(SHA256.HashData([]));

    private readonly EntryPlaces _places = new(plan.Manifest, range);

    /// <summary>The range of bytes.</summary>
    public ArchiveRange Range => range;

    /// <summary>The places of the entries of the range.</summary>
    public EntryPlaces Places => _places;

    /// <summary>Checksums from earlier downloads of objects for which neither record nor storage has one.</summary>
    public KnownChecksums Known { get; } = new();

    /// <summary>Whether the range begins after the first byte. The client then has the bytes before it from an earlier request.</summary>
    public bool IsResumed => range.From > (plan.File?.Extent.DataStart ?? 0);

    /// <summary>Whether the range ends at the end of the archive or of the single file.</summary>
    public bool ReachesEnd => range == ArchiveRange.All || range.To >= (plan.File?.Extent.DataEnd ?? plan.Layout.Length);

    /// <summary>Whether the SHA-256 of all files is needed, because the range contains the file of checksums or its CRC.</summary>
    public bool NeedsDigests { get; } = RangeWindow.NeedsDigests(plan.Manifest, range);

    /// <summary>
    /// The entries whose checksums are looked up in the cache before the first byte: entries that would be read only for their checksum, and the
    /// entry in which the range begins. The declared checksum of that entry is verified only if it is read completely, but an earlier download may
    /// have computed another one. Only for an archive that can be sent in ranges. If the range contains only the records of very many entries,
    /// <see cref="EntriesToRecallLater"/> returns these entries instead.
    /// </summary>
    /// <returns>Their indices in the archive, from 0, and their objects.</returns>
    public IEnumerable<(int Index, PlannedObject Object)> EntriesToRecall()
    {
        foreach (var (index, planned, extent) in _places.Content().TakeWhile(place => place.Extent.DataStart < range.From))
        {
            if (range.From < extent.DataEnd || (ArchiveLayout.NeedsCrc(extent, range) && KnownCrc(planned, index) is null)
                || (NeedsDigests && KnownDigest(planned, index) is null))
            {
                yield return (index, planned);
            }
        }

        foreach (var place in RecallsLater ? [] : RecordsWithoutCrc())
        {
            yield return place;
        }
    }

    /// <summary>The entries whose checksums are looked up at the step <see cref="RangeAction.Recall"/>.</summary>
    /// <returns>Their indices in the archive, from 0, and their objects.</returns>
    public IEnumerable<(int Index, PlannedObject Object)> EntriesToRecallLater() => RecallsLater ? RecordsWithoutCrc() : [];

    /// <summary>
    /// Returns the steps for the entries with content in the range, in order, and then the steps for the entries of which the range contains only the
    /// record. Steps that read only for a checksum are decided during the enumeration, because other ranges may have read the same parts meanwhile.
    /// </summary>
    public IEnumerable<RangeStep> Steps() => range == ArchiveRange.All ? plan.Manifest.EntriesFromBlock(0).Select(RangeStep.Whole) : RangeSteps();

    private bool RecallsLater => _places.RecordsOnly > MostRecalledBefore;

    private IEnumerable<RangeStep> RangeSteps()
    {
        foreach (var (index, planned, extent) in _places.Content().TakeWhile(place => place.Extent.Start < range.To))
        {
            var step = Step(index, planned, extent);
            yield return step;
            foreach (var checksum in step.Action == RangeAction.ReadRest ? ChecksumSteps(index, planned, flushes: true) : [])
            {
                yield return checksum;
            }
        }

        foreach (var step in RecordSteps())
        {
            yield return step;
        }
    }

    private IEnumerable<RangeStep> RecordSteps()
    {
        var isFirst = true;
        var flushes = true;
        foreach (var (index, planned, extent) in _places.Records())
        {
            if (isFirst && RecallsLater)
            {
                yield return new RangeStep(index, planned, RangeAction.Recall, 0, 0);
                flushes = false;
            }

            isFirst = false;
            var crc = ArchiveLayout.NeedsCrc(extent, range) ? KnownCrc(planned, index) : 0;
            foreach (var checksum in crc is null ? ChecksumSteps(index, planned, flushes) : [])
            {
                yield return checksum;
                flushes = false;
            }

            yield return new RangeStep(index, planned, RangeAction.Record, 0, 0, crc ?? 0);
        }
    }

    private IEnumerable<RangeStep> ChecksumSteps(int index, PlannedObject planned, bool flushes)
    {
        if (flushes)
        {
            yield return new RangeStep(index, planned, RangeAction.Flush, 0, 0);
        }

        var (gaps, after) = piecesOf(planned).GapsIn(planned.Size);
        foreach (var gap in gaps)
        {
            yield return new RangeStep(index, planned, RangeAction.Checksum, gap.From, gap.To, gap.Before);
        }

        yield return new RangeStep(index, planned, RangeAction.Checksum, planned.Size, planned.Size, after);
    }

    private IEnumerable<(int Index, PlannedObject Object)> RecordsWithoutCrc() =>
        _places.Records()
            .Where(place => ArchiveLayout.NeedsCrc(place.Extent, range) && KnownCrc(place.Object, place.Index) is null)
            .Select(static place => (place.Index, place.Object));

    private RangeStep Step(int index, PlannedObject planned, EntryExtent extent)
    {
        if (planned.IsChecksumFile)
        {
            // The content of the file of checksums is created completely, even if only its CRC is needed.
            return NeedsDigests ? RangeStep.Whole(planned, index) : new RangeStep(index, planned, RangeAction.Skip, 0, 0);
        }

        var crc = ArchiveLayout.NeedsCrc(extent, range) ? KnownCrc(planned, index) : 0;
        var digest = NeedsDigests ? KnownDigest(planned, index) : null;
        if (NeedsDigests && digest is null)
        {
            crc = null; // the digest is not known, so the object is read completely
        }

        var to = Math.Clamp(range.To - extent.DataStart, EntryIsGathered(planned) ? planned.Size : 0, planned.Size);
        if (crc is { } known && extent.DataEnd <= range.From)
        {
            return new RangeStep(index, planned, RangeAction.Skip, 0, 0, known, digest);
        }

        if (crc is null && extent.DataStart < range.From && !NeedsDigests && planned.HasStrongETag)
        {
            // If the range begins inside the data descriptor, it contains none of the content.
            var offset = Math.Min(range.From - extent.DataStart, planned.Size);
            if (ReadsRest(planned, offset))
            {
                return new RangeStep(index, planned, RangeAction.ReadRest, offset, planned.Size);
            }
        }

        // Without a validator of the storage, only the checksum of the whole object proves that the object has not changed. A doubtful checksum is verified
        // only by a range that contains the end of the object. Every client needs such a range for a complete archive.
        var isTrusted = planned.ETag is not null && (to < planned.Size || !IsDoubted(planned, index));
        return crc is { } whole && extent.DataStart < range.From && isTrusted
            ? new RangeStep(index, planned, RangeAction.ReadTail, range.From - extent.DataStart, to, whole, digest)
            : new RangeStep(index, planned, RangeAction.Read, 0, to);
    }

    /// <summary>
    /// Whether an object is read from an offset to its end. The bytes before the offset are then read only if their checksum is not known from
    /// another range. Small objects are read from their start, unless that checksum is known.
    /// </summary>
    private bool ReadsRest(PlannedObject planned, long offset) =>
        !EntryIsGathered(planned) && (planned.Size > LargestReread || piecesOf(planned).Cover(offset));

    private uint? KnownCrc(PlannedObject planned, int index) =>
        planned.Size == 0 ? 0 : planned.Entry.KnownCrc32 ?? plan.Manifest.Checksums.Find(index) ?? Known.Crc32s.Find(index);

    private Sha256Digest? KnownDigest(PlannedObject planned, int index) =>
        planned.Size == 0 ? Empty
        : planned.Content is { } content ? Sha256Digest.From(SHA256.HashData(content.Span))
        : Known.Sha256Digests.Find(index);

    /// <summary>
    /// Whether an earlier download computed another CRC than the declared one. Either may be wrong, because the bytes of that download may have been damaged.
    /// </summary>
    private bool IsDoubted(PlannedObject planned, int index) => Known.Crc32s.Find(index) is { } found && found != KnownCrc(planned, index);

    /// <summary>Whether the ZIP engine reads the entry completely, even if the range ends in it. It does so for small entries.</summary>
    private static bool EntryIsGathered(PlannedObject planned) => planned.Size <= EntryHeader.SmallLength;
}
