using Egress.Backends;
using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>
/// Finds and creates the folders of upload destinations. Files are not written through symbolic links, so that a key is always the real path of its file.
/// </summary>
/// <param name="root">The root folder. Nothing outside of it is written.</param>
/// <param name="flush">Flushes new folders.</param>
internal sealed class UploadFolders(LocalRoot root, DiskFlush flush)
{
    /// <summary>Finds the folder of a destination, or the closest existing folder above it, and checks that a file can be written to the destination.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="realPath">The path of the folder.</param>
    /// <returns>The key of the folder: empty for the bucket, otherwise with a slash at the end.</returns>
    /// <exception cref="BackendException">The destination is refused, or its bucket does not exist.</exception>
    public string FindClosest(ObjectLocation destination, out string realPath)
    {
        foreach (var key in KeysOf(destination))
        {
            using var entry = root.Open(destination.Bucket, key.TrimEnd('/'), out _);
            if (entry is { } found)
            {
                realPath = Check(found, destination, key);
                return key;
            }
        }

        throw LocalFaults.BucketMissing(destination.Bucket);
    }

    /// <summary>Creates the folder of a destination, if it does not exist.</summary>
    /// <returns>The path of the destination.</returns>
    /// <exception cref="BackendException">The destination is refused, or its bucket does not exist.</exception>
    public string Create(ObjectLocation destination)
    {
        var existing = FindClosest(destination, out var realPath);
        var end = destination.Key.LastIndexOf('/') + 1;
        if (end > existing.Length)
        {
            Directory.CreateDirectory(Path.Join(realPath, destination.Key[existing.Length..end]));
            var above = realPath;
            FindClosest(destination, out realPath);
            foreach (var (_, path) in FindAll(destination))
            {
                flush.FlushFolder(path);
                if (path == above)
                {
                    break;
                }
            }
        }

        return Path.Join(realPath, destination.Key[end..]);
    }

    /// <summary>
    /// Returns all folders in which the file of an upload to a destination may be. The file is in the closest folder that existed when the upload was begun,
    /// and further folders may have been created since then.
    /// </summary>
    /// <returns>Keys and paths of the folder of the destination and those above it, up to the bucket.</returns>
    public IEnumerable<(string Key, string RealPath)> FindAll(ObjectLocation destination)
    {
        foreach (var key in KeysOf(destination))
        {
            using var entry = root.Open(destination.Bucket, key.TrimEnd('/'), out _, out var isOutside);
            if (!isOutside && entry is { Kind: EntryKind.Folder } folder && root.IsWithoutLinks(folder, destination with { Key = key }))
            {
                yield return (key, folder.RealPath);
            }
        }
    }

    private static IEnumerable<string> KeysOf(ObjectLocation destination)
    {
        var folder = destination.Key;
        do
        {
            folder = folder[..(folder.TrimEnd('/').LastIndexOf('/') + 1)];
            yield return folder;
        }
        while (folder.Length > 0);
    }

    /// <summary>Checks that a file can be written to the destination. The given folder is the closest existing one above it.</summary>
    /// <returns>The path of the folder.</returns>
    private string Check(in OpenedEntry folder, ObjectLocation destination, string key)
    {
        if (folder.Kind == EntryKind.Folder && !root.IsWithoutLinks(folder, destination with { Key = key }))
        {
            throw LocalFaults.Refused(
                destination.Bucket, destination.Key, "leads through a symbolic link, which nothing is written through. Use the name of the folder itself");
        }

        var name = destination.Key[key.Length..];
        var refusal = folder.Kind != EntryKind.Folder ? $"lies below '{key.TrimEnd('/')}', which is not a folder"
            : Directory.Exists(Path.Join(folder.RealPath, name)) ? "is a folder. Choose the key of a file"
            : FileNameLimit.FindTooLong(folder.RealPath, name);
        return refusal is null ? folder.RealPath : throw LocalFaults.NotWritable(destination.Bucket, destination.Key, refusal);
    }
}
