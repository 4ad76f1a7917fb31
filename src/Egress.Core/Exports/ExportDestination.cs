using Egress.Records;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>Checks that an archive does not replace one of its objects, and is not written below one of its prefixes.</summary>
internal static class ExportDestination
{
    /// <param name="record">The record of the archive.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="isRemote">Whether bucket and key are separate names. On a disk they form one path.</param>
    /// <exception cref="ExportException">The destination is an object of the record, or is below one of its prefixes.</exception>
    public static void Check(DownloadRecord record, ObjectLocation destination, bool isRemote)
    {
        var target = Name(destination.Bucket, destination.Key, isRemote);
        foreach (var item in record.Objects)
        {
            var bucket = item.Bucket ?? record.Bucket;
            if (item is ObjectItem file && Name(bucket, file.Key, isRemote) == target)
            {
                throw new ExportException(ExportReason.DestinationRefused, $"The destination '{destination.Key}' in '{destination.Bucket}' is an object of the archive.");
            }

            if (item is PrefixItem folder && target.StartsWith(Name(bucket, folder.Prefix, isRemote), StringComparison.Ordinal))
            {
                throw new ExportException(
                    ExportReason.DestinationRefused,
                    $"The destination '{destination.Key}' in '{destination.Bucket}' lies below the prefix '{folder.Prefix}', which is part of the "
                    + "archive: the next archive would contain this one. Choose a key outside of it.");
            }
        }
    }

    private static string Name(string bucket, string key, bool isRemote) =>
        isRemote ? $"{bucket}\0{key}" : Path.GetFullPath($"/{bucket}/{key.Replace('\0', '\u0001')}");
}
