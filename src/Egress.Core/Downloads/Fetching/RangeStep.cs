using Egress.Records.Roles;

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

    /// <summary>Nothing is read yet: the content lies before the range, and its checksum follows with <see cref="Checksum"/>.</summary>
    Defer,

    /// <summary>The content is read from where the range begins to its end. The checksum of the whole follows with <see cref="Checksum"/>.</summary>
    ReadRest,

    /// <summary>What was written so far goes to the client, before anything is read for checksums only. No step after this one is prefetched before.</summary>
    Flush,

    /// <summary>A part of the content is read for its checksum. A step without a part is the last one of its object.</summary>
    Checksum,
}

/// <summary>One entry of a range.</summary>
/// <param name="Object">The object and its entry.</param>
/// <param name="Action">What is done with it.</param>
/// <param name="From">Where reading begins.</param>
/// <param name="To">Where reading ends at the latest.</param>
/// <param name="Crc32">
/// CRC-32 of the whole content, where it is not read from its start, and 0 where the range does not show it; for <see cref="RangeAction.Checksum"/> that of what
/// is known between the part before and this one.
/// </param>
/// <param name="Sha256">SHA-256 of the whole content, where it is not read from its start. Null where the range does not show it.</param>
internal readonly record struct RangeStep(
    PlannedObject Object, RangeAction Action, long From, long To, uint Crc32 = 0, Sha256Digest? Sha256 = null)
{
    /// <summary>Whether the object is opened. It is not if the range ends in the header of a large entry. The file of checksums is not an object.</summary>
    public bool IsRead => !Object.IsChecksumFile && (From < To || (Action == RangeAction.Read && Object.Size == 0));

    /// <summary>All of an object.</summary>
    public static RangeStep Whole(PlannedObject planned) => new(planned, RangeAction.Read, 0, planned.Size);
}

/// <summary>One entry of a range, with its content.</summary>
/// <param name="Step">What is done with the entry.</param>
/// <param name="Content">What is read of the object; empty if nothing is.</param>
internal readonly record struct FetchedStep(RangeStep Step, PrefetchedObjectStream Content);
