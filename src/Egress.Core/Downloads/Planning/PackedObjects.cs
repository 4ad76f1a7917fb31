using System.Collections;
using Egress.Packing;

namespace Egress.Downloads.Planning;

/// <summary>The objects of a plan, packed: a plan lasts as long as its download. Safe for concurrent use.</summary>
/// <param name="packed">The objects of the storage.</param>
/// <param name="made">The last object, where Egress made its bytes itself: there is one at most.</param>
internal sealed class PackedObjects(PackedList<PlannedObject> packed, PlannedObject? made) : IReadOnlyCollection<PlannedObject>
{
    /// <inheritdoc/>
    public int Count => packed.Count + (made is null ? 0 : 1);

    /// <inheritdoc/>
    public IEnumerator<PlannedObject> GetEnumerator() => (made is null ? packed : packed.Append(made)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
