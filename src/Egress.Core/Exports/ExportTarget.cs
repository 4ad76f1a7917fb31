using Egress.Records;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>The storage that exports are written to.</summary>
/// <param name="Storage">Looks up what exists there.</param>
/// <param name="IsSource">Whether objects are read from it as well.</param>
internal sealed record ExportTarget(IObjectStorage Storage, bool IsSource)
{
    /// <summary>Checks that an archive is not written over, or among, what it is made of. Nothing of another storage is part of it.</summary>
    /// <exception cref="ExportException">It would be.</exception>
    public void Check(DownloadRecord record, ObjectLocation destination)
    {
        if (IsSource)
        {
            ExportDestination.Check(record, destination, Storage.IsRemote);
        }
    }
}
