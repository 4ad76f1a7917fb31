using System.Collections;
using Egress.Packing;

namespace Egress.Downloads.Manifests;

/// <summary>The objects of a plan, packed: a plan lasts as long as its download. Safe for concurrent use.</summary>
/// <param name="packed">The objects of the storage, and folders.</param>
/// <param name="report">The report of what is missing, which is the last entry; null without one.</param>
internal sealed class PackedObjects(PackedList<PlannedObject> packed, PlannedObject? report) : IReadOnlyCollection<PlannedObject>
{
    /// <inheritdoc/>
    public int Count => packed.Count + (report is null ? 0 : 1);

    /// <summary>Memory of the objects, in bytes.</summary>
    public long SizeInBytes => packed.SizeInBytes + (report?.Content?.Length ?? 0);

    /// <inheritdoc/>
    public IEnumerator<PlannedObject> GetEnumerator() => (report is null ? packed : packed.Append(report)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
