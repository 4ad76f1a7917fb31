using Egress.Downloads;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>One part of an archive.</summary>
/// <param name="Place">Its number, and where it begins.</param>
/// <param name="Range">Its bytes.</param>
/// <param name="Content">What the storage can copy it from; null for a part that is not only content of one large object.</param>
internal readonly record struct ExportPart(PartPlace Place, ArchiveRange Range, ObjectContent? Content);

/// <summary>The content of a large object that an archive stores.</summary>
/// <param name="Object">The object.</param>
/// <param name="Index">Its index in the archive.</param>
/// <param name="DataStart">Where its content begins in the archive.</param>
internal sealed record ObjectContent(PlannedObject Object, int Index, long DataStart);
