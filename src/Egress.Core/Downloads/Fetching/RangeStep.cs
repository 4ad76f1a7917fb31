using Egress.Records;

namespace Egress.Downloads.Fetching;

/// <summary>What is done with an entry to write a range of an archive.</summary>
internal enum RangeAction
{
    /// <summary>Nothing is read: the content lies before the range.</summary>
    Skip,

    /// <summary>The content is read from where the range begins.</summary>
    ReadTail,

    /// <summary>The content is read from its start. What lies before the range is needed for the checksum only.</summary>
    Read,
}

/// <summary>One entry of a range.</summary>
/// <param name="Object">The object and its entry.</param>
/// <param name="Action">What is done with it.</param>
/// <param name="From">Where reading begins.</param>
/// <param name="To">Where reading ends at the latest.</param>
/// <param name="Crc32">CRC-32 of the whole content, where it is not read from its start. 0 where the range does not show it.</param>
/// <param name="Sha256">SHA-256 of the whole content, where it is not read from its start. Null where the range does not show it.</param>
internal readonly record struct RangeStep(
    PlannedObject Object, RangeAction Action, long From, long To, uint Crc32 = 0, Sha256Digest? Sha256 = null)
{
    /// <summary>Whether the object is opened. It is not if the range ends in the header of a large entry. The file of checksums is not an object.</summary>
    public bool IsRead => Action != RangeAction.Skip && !Object.IsChecksumFile && (From < To || Object.Size == 0);

    /// <summary>All of an object.</summary>
    public static RangeStep Whole(PlannedObject planned) => new(planned, RangeAction.Read, 0, planned.Size);
}

/// <summary>One entry of a range, with its content.</summary>
/// <param name="Step">What is done with the entry.</param>
/// <param name="Content">What is read of the object; empty if nothing is.</param>
internal readonly record struct FetchedStep(RangeStep Step, PrefetchedObjectStream Content);
