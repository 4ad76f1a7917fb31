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
/// <param name="cached">Checksums from earlier downloads of objects for which neither record nor storage has one.</param>
internal sealed class RangePlan(DownloadPlan plan, ArchiveRange range, Func<PlannedObject, Pieces> piecesOf, KnownChecksums cached)
{
    /// <summary>The size up to which an object is read again from its start, with one request, if only a part of its checksum is known.</summary>
    private const long LargestReread = 2 << 20;

    private static readonly Sha256Digest Empty = Sha256Digest.From(SHA256.HashData([]));

    private readonly RangeWindow _window = range == ArchiveRange.All ? default : RangeWindow.Of(plan.Manifest, range);

    /// <param name="plan">The archive.</param>
    /// <param name="range">The range.</param>
    /// <param name="piecesOf">The parts of an object whose checksums are known in this process.</param>
    public RangePlan(DownloadPlan plan, ArchiveRange range, Func<PlannedObject, Pieces> piecesOf)
        : this(plan, range, piecesOf, KnownChecksums.None)
    {
    }

    /// <summary>The range of bytes.</summary>
    public ArchiveRange Range => range;

    /// <summary>The entries before the first step.</summary>
    public SkippedEntries Before => _window.Before;

    /// <summary>The entries after the last step, up to the central directory if the range begins in it.</summary>
    public SkippedEntries After => _window.After;

    /// <summary>Whether the range begins after the first byte, because the client has the bytes before it.</summary>
    public bool IsResumed => range.From > (plan.File?.Extent.DataStart ?? 0);

    /// <summary>Whether the archive or the single file is complete after this range.</summary>
    public bool ReachesEnd => range == ArchiveRange.All || range.To >= (plan.File?.Extent.DataEnd ?? plan.Layout.Length);

    /// <summary>Whether the range needs the SHA-256 of the files, because it contains the file of checksums or its CRC.</summary>
    public bool NeedsDigests { get; } = RangeWindow.NeedsDigests(plan.Manifest, range);

    /// <summary>
    /// The entries whose checksums are looked up in the cache: entries that would be read only for their checksum, and the entry in which the range
    /// begins. The declared checksum of that entry is verified only if it is read completely, but an earlier download may have computed another one.
    /// Only for an archive that can be sent in ranges.
    /// </summary>
    /// <returns>Their indices in the archive, from 0, and their objects.</returns>
    public IEnumerable<(int Index, PlannedObject Object)> EntriesToRecall()
    {
        foreach (var (index, planned, extent) in Places().TakeWhile(place => place.Extent.DataStart < range.From))
        {
            if (range.From < extent.DataEnd || (ArchiveLayout.NeedsCrc(extent, range) && KnownCrc(planned, index) is null)
                || (NeedsDigests && KnownDigest(planned, index) is null))
            {
                yield return (index, planned);
            }
        }
    }

    /// <summary>
    /// Returns the steps for the entries from <see cref="Before"/> to the end of the range, and then the steps that read only for checksums. The
    /// latter are decided during the enumeration, because other ranges may have read the same parts meanwhile.
    /// </summary>
    public IEnumerable<RangeStep> Steps() => range == ArchiveRange.All ? plan.Manifest.EntriesFromBlock(0).Select(RangeStep.Whole) : RangeSteps();

    private IEnumerable<RangeStep> RangeSteps()
    {
        var isDeferred = false;
        foreach (var step in EntrySteps())
        {
            yield return step;
            isDeferred |= step.Action == RangeAction.Defer;
            foreach (var checksum in step.Action == RangeAction.ReadRest ? ChecksumSteps(step.Object, flushes: true) : [])
            {
                yield return checksum;
            }
        }

        var deferred = isDeferred ? EntrySteps().Where(static step => step.Action == RangeAction.Defer) : [];
        foreach (var (number, step) in deferred.Index())
        {
            foreach (var checksum in ChecksumSteps(step.Object, flushes: number == 0))
            {
                yield return checksum;
            }
        }
    }

    private IEnumerable<RangeStep> EntrySteps() =>
        Places().TakeWhile(place => place.Extent.Start < range.To).Select(place => Step(place.Index, place.Object, place.Extent));

    private IEnumerable<RangeStep> ChecksumSteps(PlannedObject planned, bool flushes)
    {
        if (flushes)
        {
            yield return new RangeStep(planned, RangeAction.Flush, 0, 0);
        }

        var (gaps, after) = piecesOf(planned).GapsIn(planned.Size);
        foreach (var gap in gaps)
        {
            yield return new RangeStep(planned, RangeAction.Checksum, gap.From, gap.To, gap.Before);
        }

        yield return new RangeStep(planned, RangeAction.Checksum, planned.Size, planned.Size, after);
    }

    private IEnumerable<(int Index, PlannedObject Object, EntryExtent Extent)> Places()
    {
        var (index, start, record) = (_window.Before.Count, _window.Before.Length, plan.Layout.DirectoryOffset + _window.Before.RecordsLength);
        foreach (var planned in plan.Manifest.EntriesFromBlock(_window.FirstBlock).Take(_window.Entries))
        {
            var extent = plan.Layout.ExtentOf(planned.Entry, start, record);
            yield return (index++, planned, extent);
            (start, record) = (extent.End, extent.RecordEnd);
        }
    }

    private RangeStep Step(int index, PlannedObject planned, EntryExtent extent)
    {
        if (planned.IsChecksumFile)
        {
            // The content of the file of checksums is always created, even if only its CRC is needed.
            return NeedsDigests ? RangeStep.Whole(planned) : new RangeStep(planned, RangeAction.Skip, 0, 0);
        }

        var crc = ArchiveLayout.NeedsCrc(extent, range) ? KnownCrc(planned, index) : 0;
        var digest = NeedsDigests ? KnownDigest(planned, index) : null;
        if (NeedsDigests && digest is null)
        {
            crc = null; // one of the object's checksums is not known, so the object is read
        }

        var to = Math.Clamp(range.To - extent.DataStart, EntryIsGathered(planned) ? planned.Size : 0, planned.Size);
        if (crc is { } known && extent.DataEnd <= range.From)
        {
            return new RangeStep(planned, RangeAction.Skip, 0, 0, known, digest);
        }

        if (crc is null && extent.DataStart < range.From && !NeedsDigests && planned.HasStrongETag)
        {
            if (extent.End <= range.From)
            {
                return new RangeStep(planned, RangeAction.Defer, 0, 0);
            }

            // If the range begins inside the descriptor, none of the content is in the range.
            var offset = Math.Min(range.From - extent.DataStart, planned.Size);
            if (ReadsRest(planned, offset))
            {
                return new RangeStep(planned, RangeAction.ReadRest, offset, planned.Size);
            }
        }

        // Without a validator of the storage, only the checksum of the whole object shows that it has not changed. A doubtful checksum is verified
        // when the object is read to its end, which every client needs for a complete archive.
        var isTrusted = planned.ETag is not null && (to < planned.Size || !IsDoubted(planned, index));
        return crc is { } whole && extent.DataStart < range.From && isTrusted
            ? new RangeStep(planned, RangeAction.ReadTail, range.From - extent.DataStart, to, whole, digest)
            : new RangeStep(planned, RangeAction.Read, 0, to);
    }

    /// <summary>
    /// Whether an object is read from an offset on, and the bytes before it only if no other range has read them. A small object is read from its
    /// start instead, unless these bytes are known.
    /// </summary>
    private bool ReadsRest(PlannedObject planned, long offset) =>
        !EntryIsGathered(planned) && (planned.Size > LargestReread || piecesOf(planned).Cover(offset));

    private uint? KnownCrc(PlannedObject planned, int index) =>
        planned.Size == 0 ? 0 : planned.Entry.KnownCrc32 ?? cached.Crc32s.Find(index);

    private Sha256Digest? KnownDigest(PlannedObject planned, int index) =>
        planned.Size == 0 ? Empty
        : planned.Content is { } content ? Sha256Digest.From(SHA256.HashData(content.Span))
        : cached.Sha256Digests.Find(index);

    /// <summary>Whether an earlier download computed another CRC than the declared one. The bytes of that download may have been damaged.</summary>
    private bool IsDoubted(PlannedObject planned, int index) => cached.Crc32s.Find(index) is { } found && found != KnownCrc(planned, index);

    /// <summary>The engine reads small entries whole, even if the range ends in them.</summary>
    private static bool EntryIsGathered(PlannedObject planned) => planned.Size <= EntryHeader.SmallLength;
}
