using Egress.Zip;
using Egress.Zip.Format;

namespace Egress.Downloads.Streaming;

/// <summary>What is done with one entry to make a part of an archive.</summary>
internal enum RangeAction
{
    /// <summary>Nothing is read: its content lies before the part.</summary>
    Skip,

    /// <summary>It is read from where the part begins.</summary>
    ReadTail,

    /// <summary>It is read from its start. What lies before the part is only needed for the checksum.</summary>
    Read,
}

/// <summary>One entry of a part.</summary>
/// <param name="Object">The object and its entry.</param>
/// <param name="Action">What is done with it.</param>
/// <param name="From">Where reading begins.</param>
/// <param name="To">Where reading ends at the latest.</param>
/// <param name="Crc32">CRC-32 of the whole content, where it is not read from its start. 0 where it does not show.</param>
internal readonly record struct RangeStep(PlannedObject Object, RangeAction Action, long From, long To, uint Crc32 = 0)
{
    /// <summary>Whether the object is opened. Not where the part ends in the header of a large entry.</summary>
    public bool IsRead => Action != RangeAction.Skip && (From < To || Object.Size == 0);
}

/// <summary>Tells which objects a part of an archive needs, and from where on.</summary>
/// <param name="plan">The archive.</param>
/// <param name="range">The part; <see cref="ArchiveRange.All"/> for an archive that may have no parts.</param>
/// <param name="cachedCrcs">CRCs from earlier downloads, by index, where neither record nor storage tells them.</param>
internal sealed class RangePlan(DownloadPlan plan, ArchiveRange range, IReadOnlyDictionary<int, uint> cachedCrcs)
{
    private static readonly Dictionary<int, uint> NoCrcs = [];

    /// <param name="plan">The archive.</param>
    /// <param name="range">The part.</param>
    public RangePlan(DownloadPlan plan, ArchiveRange range)
        : this(plan, range, NoCrcs)
    {
    }

    /// <summary>Which bytes.</summary>
    public ArchiveRange Range => range;

    /// <summary>Whether the part begins behind the first byte: whoever asks for it has what is before.</summary>
    public bool IsResumed => range.From > 0;

    /// <summary>Whether the archive is complete with this part.</summary>
    public bool ReachesEnd => range == ArchiveRange.All || range.To >= plan.Layout.Length;

    /// <summary>
    /// Of which entries earlier downloads should be asked: those that would be read for nothing but their checksum, and the one inside of which the
    /// part begins. Its declared checksum cannot be verified without reading it whole; but they may have found that it is wrong. Only for an archive
    /// that may have parts.
    /// </summary>
    /// <returns>Their indices in the archive, from 0, and their objects.</returns>
    public IEnumerable<(int Index, PlannedObject Object)> EntriesToRecall()
    {
        foreach (var (index, planned, extent) in Places().TakeWhile(place => place.Extent.DataStart < range.From))
        {
            if (range.From < extent.DataEnd || (plan.Layout.NeedsCrc(extent, range) && KnownCrc(planned, index) is null))
            {
                yield return (index, planned);
            }
        }
    }

    /// <summary>The entries up to the end of the part, in order.</summary>
    public IEnumerable<RangeStep> Steps() => range == ArchiveRange.All
        ? plan.Objects.Select(static whole => new RangeStep(whole, RangeAction.Read, 0, whole.Size))
        : Places().TakeWhile(place => place.Extent.Start < range.To).Select(place => Step(place.Index, place.Object, place.Extent));

    private IEnumerable<(int Index, PlannedObject Object, EntryExtent Extent)> Places()
    {
        var (index, start) = (0, 0L);
        foreach (var planned in plan.Objects)
        {
            var extent = plan.Layout.ExtentOf(planned.Entry, start);
            yield return (index++, planned, extent);
            start = extent.End;
        }
    }

    private RangeStep Step(int index, PlannedObject planned, EntryExtent extent)
    {
        var crc = plan.Layout.NeedsCrc(extent, range) ? KnownCrc(planned, index) : 0;
        var to = Math.Clamp(range.To - extent.DataStart, EntryIsGathered(planned) ? planned.Size : 0, planned.Size);
        if (crc is { } known && extent.DataEnd <= range.From)
        {
            return new RangeStep(planned, RangeAction.Skip, 0, 0, known);
        }

        // Without a validator of the storage only the checksum of the whole tells that the object is still the same. A doubt is settled where the
        // object is read to its end: without its last bytes nobody has an archive.
        var isTrusted = planned.ETag is not null && (to < planned.Size || !IsDoubted(planned, index));
        return crc is { } whole && extent.DataStart < range.From && isTrusted
            ? new RangeStep(planned, RangeAction.ReadTail, range.From - extent.DataStart, to, whole)
            : new RangeStep(planned, RangeAction.Read, 0, to);
    }

    private uint? KnownCrc(PlannedObject planned, int index) =>
        planned.Size == 0 ? 0 : planned.Entry.KnownCrc32 ?? (cachedCrcs.TryGetValue(index, out var cached) ? cached : null);

    /// <summary>Whether an earlier download found another CRC than is declared. It may have been that which was damaged.</summary>
    private bool IsDoubted(PlannedObject planned, int index) => cachedCrcs.TryGetValue(index, out var found) && found != KnownCrc(planned, index);

    /// <summary>The engine reads small entries whole, even where the part ends inside of them.</summary>
    private static bool EntryIsGathered(PlannedObject planned) => planned.Size <= EntryHeader.SmallLength;
}
