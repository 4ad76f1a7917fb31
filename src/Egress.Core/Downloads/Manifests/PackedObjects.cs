using System.Collections;
using Egress.Packing;

namespace Egress.Downloads.Manifests;

/// <summary>The objects of a plan in packed form, which saves memory, because a plan lives as long as its downloads. Safe for concurrent use.</summary>
/// <param name="packed">The objects of the storage, and folders.</param>
/// <param name="report">The report of missing objects, which is the last entry; null without one.</param>
internal sealed class PackedObjects(PackedList<PlannedObject> packed, PlannedObject? report) : IReadOnlyCollection<PlannedObject>
{
    /// <inheritdoc/>
    public int Count => packed.Count + (report is null ? 0 : 1);

    /// <summary>Memory of the objects, in bytes.</summary>
    public long SizeInBytes => packed.SizeInBytes + (report?.Content?.Length ?? 0);

    /// <summary>Returns the objects of a block and of all later blocks.</summary>
    /// <param name="first">The block (<see cref="PackedList{T}.BlockLength"/>), from 0.</param>
    public IEnumerable<PlannedObject> FromBlock(int first) => report is null ? packed.FromBlock(first) : packed.FromBlock(first).Append(report);

    /// <inheritdoc/>
    public IEnumerator<PlannedObject> GetEnumerator() => FromBlock(0).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
