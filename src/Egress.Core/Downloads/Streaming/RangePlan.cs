using System.Security.Cryptography;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Records;
using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Streaming;

/// <summary>Plans which objects a range of an archive needs, and from which offset.</summary>
/// <param name="plan">The archive.</param>
/// <param name="range">The range; <see cref="ArchiveRange.All"/> for an archive that cannot be served in ranges.</param>
/// <param name="cached">Checksums from earlier downloads, where neither record nor storage tells them.</param>
internal sealed class RangePlan(DownloadPlan plan, ArchiveRange range, KnownChecksums cached)
{
    private static readonly Sha256Digest Empty = Sha256Digest.From(SHA256.HashData([]));

    private readonly RangeWindow _window = range == ArchiveRange.All ? default : RangeWindow.Of(plan.Manifest, range);

    /// <param name="plan">The archive.</param>
    /// <param name="range">The range.</param>
    public RangePlan(DownloadPlan plan, ArchiveRange range)
        : this(plan, range, KnownChecksums.None)
    {
    }

    /// <summary>Which bytes.</summary>
    public ArchiveRange Range => range;

    /// <summary>The entries before the first step.</summary>
    public SkippedEntries Before => _window.Before;

    /// <summary>The entries after the last step, up to the central directory if the range begins in it.</summary>
    public SkippedEntries After => _window.After;

    /// <summary>Whether the range begins after the first byte: the client has what is before.</summary>
    public bool IsResumed => range.From > (plan.File?.Extent.DataStart ?? 0);

    /// <summary>Whether the archive, or the file that is sent alone, is complete with this range.</summary>
    public bool ReachesEnd => range == ArchiveRange.All || range.To >= (plan.File?.Extent.DataEnd ?? plan.Layout.Length);

    /// <summary>Whether the range shows the SHA-256 of the files: in the file of checksums, or in the CRC of that file.</summary>
    public bool NeedsDigests { get; } = RangeWindow.NeedsDigests(plan.Manifest, range);

    /// <summary>
    /// The entries whose checksums earlier downloads may have found: entries that would be read only for their checksum, and the entry in which the
    /// range begins. The declared checksum of the latter cannot be verified unless it is read whole, but an earlier download may have found another one.
    /// Only for an archive that can be served in ranges.
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

    /// <summary>The entries from <see cref="Before"/> up to the end of the range, in order.</summary>
    public IEnumerable<RangeStep> Steps() => range == ArchiveRange.All
        ? plan.Manifest.EntriesFromBlock(0).Select(RangeStep.Whole)
        : Places().TakeWhile(place => place.Extent.Start < range.To).Select(place => Step(place.Index, place.Object, place.Extent));

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
            // Its content is made anew, also for its CRC alone.
            return NeedsDigests ? RangeStep.Whole(planned) : new RangeStep(planned, RangeAction.Skip, 0, 0);
        }

        var crc = ArchiveLayout.NeedsCrc(extent, range) ? KnownCrc(planned, index) : 0;
        var digest = NeedsDigests ? KnownDigest(planned, index) : null;
        if (NeedsDigests && digest is null)
        {
            crc = null; // Nothing tells all of its checksums, so the object is read.
        }

        var to = Math.Clamp(range.To - extent.DataStart, EntryIsGathered(planned) ? planned.Size : 0, planned.Size);
        if (crc is { } known && extent.DataEnd <= range.From)
        {
            return new RangeStep(planned, RangeAction.Skip, 0, 0, known, digest);
        }

        // Without a validator of the storage only the checksum of the whole tells that the object is still the same. A doubtful checksum is verified
        // when the object is read to its end: without its last bytes no client has an archive.
        var isTrusted = planned.ETag is not null && (to < planned.Size || !IsDoubted(planned, index));
        return crc is { } whole && extent.DataStart < range.From && isTrusted
            ? new RangeStep(planned, RangeAction.ReadTail, range.From - extent.DataStart, to, whole, digest)
            : new RangeStep(planned, RangeAction.Read, 0, to);
    }

    private uint? KnownCrc(PlannedObject planned, int index) =>
        planned.Size == 0 ? 0 : planned.Entry.KnownCrc32 ?? (cached.Crc32s.TryGetValue(index, out var crc) ? crc : null);

    private Sha256Digest? KnownDigest(PlannedObject planned, int index) =>
        planned.Size == 0 ? Empty
        : planned.Content is { } content ? Sha256Digest.From(SHA256.HashData(content.Span))
        : cached.Sha256Digests.TryGetValue(index, out var digest) ? digest : null;

    /// <summary>Whether an earlier download found another CRC than is declared. That download may have been damaged itself.</summary>
    private bool IsDoubted(PlannedObject planned, int index) => cached.Crc32s.TryGetValue(index, out var found) && found != KnownCrc(planned, index);

    /// <summary>The engine reads small entries whole, even if the range ends in them.</summary>
    private static bool EntryIsGathered(PlannedObject planned) => planned.Size <= EntryHeader.SmallLength;
}
