using Egress.Records.Roles;

namespace Egress.Downloads.Fetching;

/// <summary>The action for an entry when a range of an archive is written.</summary>
internal enum RangeAction
{
    /// <summary>Nothing is read, because the content is before the range.</summary>
    Skip,

    /// <summary>The content is read from the offset at which the range begins.</summary>
    ReadTail,

    /// <summary>The content is read from its start. Bytes that precede the range are read only to compute the checksum.</summary>
    Read,

    /// <summary>
    /// The content is read to its end, from the offset at which the range begins. Later <see cref="Checksum"/> steps compute the checksum of the whole content.
    /// </summary>
    ReadRest,

    /// <summary>
    /// The bytes that were written so far are sent to the client before objects are read only for checksums. No later step is prefetched before this
    /// step.
    /// </summary>
    Flush,

    /// <summary>
    /// The bytes that were written so far are sent to the client, and then checksums that earlier downloads computed are looked up.
    /// </summary>
    Recall,

    /// <summary>A part of the content is read only to compute its checksum. A step with an empty part is the last one of its object.</summary>
    Checksum,

    /// <summary>
    /// The record of an entry is written, whose content is before the range. The checksum of the entry is in this step, or was computed by the steps
    /// before it.
    /// </summary>
    Record,
}

/// <summary>One entry of a range.</summary>
/// <param name="Index">Index of the entry in the archive, from 0.</param>
/// <param name="Object">The object and its entry.</param>
/// <param name="Action">What is done with the content.</param>
/// <param name="From">Offset of the first byte to read, in the content.</param>
/// <param name="To">Offset in the content at which reading ends at the latest.</param>
/// <param name="Crc32">
/// CRC-32 of the whole content if it is not read from its start; 0 if the range does not contain it. For <see cref="RangeAction.Checksum"/>, the
/// CRC-32 of the known bytes between the previous part and this one.
/// </param>
/// <param name="Sha256">SHA-256 of the whole content if it is not read from its start; null if the range does not contain it.</param>
internal readonly record struct RangeStep(
    int Index, PlannedObject Object, RangeAction Action, long From, long To, uint Crc32 = 0, Sha256Digest? Sha256 = null)
{
    /// <summary>
    /// Whether the object is opened. A range that ends in the header of a large entry does not need its content. The file of checksums is not an object of the
    /// storage.
    /// </summary>
    public bool IsRead => !Object.IsChecksumFile && (From < To || (Action == RangeAction.Read && Object.Size == 0));

    /// <summary>Creates the step for a whole object.</summary>
    public static RangeStep Whole(PlannedObject planned, int index) => new(index, planned, RangeAction.Read, 0, planned.Size);
}

/// <summary>One entry of a range, with its content.</summary>
/// <param name="Step">The step.</param>
/// <param name="Content">The bytes of the object that are read; empty if none are.</param>
internal readonly record struct FetchedStep(RangeStep Step, PrefetchedObjectStream Content);
