using System.IO.Enumeration;

namespace Egress.Storage.Local;

/// <summary>Lists files under a prefix as S3 does: the prefix is text, not a folder, and the keys come in ordinal order.</summary>
/// <remarks>
/// Memory holds one folder for each level. Links to files inside the root are listed, links to folders are not followed (they may
/// form circles), pipes, sockets, devices and what leads outside are no objects. A file that may not be read ends the listing as
/// denied: to leave it out silently would make an archive that looks whole.
/// </remarks>
internal sealed class LocalListing(LocalRoot root)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    public IEnumerable<ObjectProperties> Enumerate(ObjectPrefix prefix, CancellationToken cancellationToken)
    {
        var split = prefix.Prefix.LastIndexOf('/') + 1;
        var (folder, start) = (prefix.Prefix[..split], prefix.Prefix[split..]);
        return Enumerate(prefix.Bucket, folder, start, cancellationToken);
    }

    private IEnumerable<ObjectProperties> Enumerate(string bucket, string folder, string start, CancellationToken cancellationToken)
    {
        foreach (var child in Children(bucket, folder).Where(child => child.Name.StartsWith(start, StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var key = folder + child.Name;
            if (child.IsFolder)
            {
                foreach (var below in Enumerate(bucket, key + "/", "", cancellationToken))
                {
                    yield return below;
                }
            }
            else if (LookUp(new ObjectLocation(bucket, key)) is { } file)
            {
                yield return file;
            }
        }
    }

    private ObjectProperties? LookUp(ObjectLocation location)
    {
        if (!root.TryOpen(location.Bucket, location.Key, out _, out var entry))
        {
            return null;
        }

        using (entry)
        {
            return entry is { Kind: EntryKind.File } file ? file.ToProperties(location) : null;
        }
    }

    private List<Child> Children(string bucket, string folder)
    {
        using var entry = root.Open(bucket, folder, out var path);
        if (entry is not { Kind: EntryKind.Folder })
        {
            return [];
        }

        try
        {
            var children = new FileSystemEnumerable<Child>(entry.Value.RealPath, Describe, Everything).ToList();
            // As part of a key a folder's name ends with a slash: "a.txt" comes before "a/b.txt".
            children.Sort((left, right) => string.CompareOrdinal(left.SortKey, right.SortKey));
            return children;
        }
        catch (DirectoryNotFoundException)
        {
            return []; // removed since it was opened
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.From(exception, path);
        }
    }

    private static Child Describe(ref FileSystemEntry entry) =>
        new(entry.FileName.ToString(), entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) == 0);

    private readonly record struct Child(string Name, bool IsFolder)
    {
        public string SortKey => IsFolder ? Name + "/" : Name;
    }
}
