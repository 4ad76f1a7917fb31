using System.IO.Hashing;
using System.Runtime.InteropServices;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>The parts of an archive. Immutable.</summary>
/// <param name="ends">The end of each part.</param>
/// <param name="contents">The objects from which parts can be copied, by the number of the part.</param>
internal sealed class ExportPartList(long[] ends, IReadOnlyDictionary<int, ObjectContent> contents)
{
    /// <summary>Number of parts.</summary>
    public int Count => ends.Length;

    /// <summary>
    /// A digest that differs for lists with other borders. All parts of an upload must come from one list, and another version of Egress may choose
    /// other borders.
    /// </summary>
    public string Digest { get; } = XxHash64.HashToUInt64(MemoryMarshal.AsBytes<long>(ends)).ToString("x16", null);

    /// <summary>A part.</summary>
    /// <param name="number">From 1.</param>
    public ExportPart this[int number]
    {
        get
        {
            var from = number == 1 ? 0 : ends[number - 2];
            return new ExportPart(new PartPlace(number, from), new ArchiveRange(from, ends[number - 1]), contents.GetValueOrDefault(number));
        }
    }
}
