using Egress.Downloads;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>One part of an archive.</summary>
/// <param name="Place">Its number and offset.</param>
/// <param name="Range">Its bytes.</param>
/// <param name="Content">The object from which the storage can copy it; null unless the part is only content of one large object.</param>
internal readonly record struct ExportPart(PartPlace Place, ArchiveRange Range, ObjectContent? Content);

/// <summary>The stored content of a large object in an archive.</summary>
/// <param name="Object">The object.</param>
/// <param name="Index">Its index in the archive.</param>
/// <param name="DataStart">Offset of its content in the archive.</param>
internal sealed record ObjectContent(PlannedObject Object, int Index, long DataStart);
