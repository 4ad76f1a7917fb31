using System.IO.Hashing;
using System.Runtime.InteropServices;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>The list of the parts of an archive. Immutable.</summary>
/// <param name="ends">The offset of the end of each part.</param>
/// <param name="contents">The objects from which parts can be copied, by part number.</param>
internal sealed class ExportPartList(long[] ends, IReadOnlyDictionary<int, ObjectContent> contents)
{
    /// <summary>Number of parts.</summary>
    public int Count => ends.Length;

    /// <summary>
    /// A digest of the part boundaries. All parts of an upload must come from the same list, and another version of Egress may choose other
    /// boundaries.
    /// </summary>
    public string Digest { get; } = XxHash64.HashToUInt64(MemoryMarshal.AsBytes<long>(ends)).ToString("x16", null);

    /// <summary>The part with a number.</summary>
    /// <param name="number">The part number, from 1.</param>
    public ExportPart this[int number]
    {
        get
        {
            var from = number == 1 ? 0 : ends[number - 2];
            return new ExportPart(new PartPlace(number, from), new ArchiveRange(from, ends[number - 1]), contents.GetValueOrDefault(number));
        }
    }
}
