using Egress.Records;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>The storage that exports are written to.</summary>
/// <param name="Storage">Looks up objects in that storage.</param>
/// <param name="IsSource">Whether the objects of archives are read from the same storage.</param>
internal sealed record ExportTarget(IObjectStorage Storage, bool IsSource)
{
    /// <summary>Refuses a destination that is one of the record's objects, or has one of its prefixes. In another storage no destination can be.</summary>
    /// <exception cref="ExportException">The destination is refused.</exception>
    public void Check(DownloadRecord record, ObjectLocation destination)
    {
        if (IsSource)
        {
            ExportDestination.Check(record, destination, Storage.IsRemote);
        }
    }
}
