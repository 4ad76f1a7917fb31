using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>Lists files by a prefix as S3 does: the prefix need not be a folder, and keys are in ordinal order.</summary>
/// <remarks>
/// The entries of one folder of each level are in memory. Links to files inside the root are listed. Links to folders are not followed, because they may form
/// cycles. Pipes, sockets and devices are not objects. Any other entry that cannot be read makes the listing fail, because an archive without it would look
/// complete. This includes links that are broken or point outside of the root.
/// </remarks>
internal sealed class LocalListing(LocalRoot root)
{
    /// <summary>The number of files that are looked up together. The folder is opened once for them, and no file is opened.</summary>
    private const int BatchSize = 256;

    public IEnumerable<ObjectProperties> Enumerate(ObjectPrefix prefix, CancellationToken cancellationToken)
    {
        var split = prefix.Prefix.LastIndexOf('/') + 1;
        var (folder, start) = (prefix.Prefix[..split], prefix.Prefix[split..]);
        return Enumerate(prefix.Bucket, folder, start, cancellationToken);
    }

    private IEnumerable<ObjectProperties> Enumerate(string bucket, string folder, string start, CancellationToken cancellationToken)
    {
        var children = Children(bucket, folder)
            .Where(child => child.Name.StartsWith(start, StringComparison.Ordinal) && !LocalUploads.IsUnfinished(child.Name));
        foreach (var batch in children.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (child, found) in LookUp(bucket, folder, batch))
            {
                if (child.IsFolder)
                {
                    foreach (var below in Enumerate(bucket, folder + child.Name + "/", "", cancellationToken))
                    {
                        yield return below;
                    }
                }
                else if (found is not null)
                {
                    yield return found;
                }
            }
        }
    }

    /// <summary>
    /// Looks up the files of a folder. Closes all files and folders before it returns, because the caller may stop the listing after any object.
    /// </summary>
    private List<(FolderChild Child, ObjectProperties? Found)> LookUp(string bucket, string folder, FolderChild[] children)
    {
        using var files = new BatchLookup(root);
        var found = new List<(FolderChild, ObjectProperties?)>(children.Length);
        foreach (var child in children)
        {
            var location = new ObjectLocation(bucket, folder + child.Name);
            found.Add((child, child switch
            {
                { IsFolder: true } => null,
                { IsLink: true } => Open(location, isLink: true),
                _ => files.TryLookUp(location) ?? Open(location, isLink: false),
            }));
        }

        return found;
    }

    /// <returns>The properties of the object; null if the entry is not an object or was removed meanwhile.</returns>
    private ObjectProperties? Open(ObjectLocation location, bool isLink)
    {
        using var entry = root.Open(location.Bucket, location.Key, out var path, out var isOutside);
        return entry switch
        {
            { Kind: EntryKind.File } when isOutside => throw LocalFaults.LeadsOutside(path),
            { Kind: EntryKind.File } file => file.ToProperties(location),
            null when isLink => throw LocalFaults.LeadsNowhere(path),
            _ => null,
        };
    }

    private IReadOnlyList<FolderChild> Children(string bucket, string folder)
    {
        using var entry = root.Open(bucket, folder, out var path);
        if (entry is not { Kind: EntryKind.Folder } opened)
        {
            return [];
        }

        try
        {
            return [.. root.List(opened).OrderBy(static child => child.SortKey, StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.From(exception, path);
        }
    }
}
