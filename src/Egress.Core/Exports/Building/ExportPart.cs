using Egress.Downloads;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>One part of an archive.</summary>
/// <param name="Place">The number and offset of the part.</param>
/// <param name="Range">The byte range of the part in the archive.</param>
/// <param name="Content">The large object from which the storage can copy the part; null if the part has other bytes too.</param>
internal readonly record struct ExportPart(PartPlace Place, ArchiveRange Range, ObjectContent? Content);

/// <summary>The content of a large object that is stored without compression in an archive.</summary>
/// <param name="Object">The object.</param>
/// <param name="Index">Index of the object in the archive.</param>
/// <param name="DataStart">Offset of its content in the archive.</param>
internal sealed record ObjectContent(PlannedObject Object, int Index, long DataStart);
