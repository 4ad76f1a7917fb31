using Egress.Records;
using Egress.Server.Embedded;
using Egress.Storage.Local;

namespace Egress.Server.Commands.Links;

/// <summary>Makes the files of a folder available as objects of the local storage.</summary>
internal static class FolderSharing
{
    /// <summary>Skips files that users rarely intend to share. Symbolic links are skipped because they could point to files outside of the folder.</summary>
    private static readonly EnumerationOptions Shared = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden | FileAttributes.System,
    };

    /// <summary>Copies the files of a folder into the local storage, unless the folder is already inside of it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">The settings, which name the folder of the local storage.</param>
    /// <param name="error">Receives a line that says what was copied.</param>
    /// <param name="cancellationToken">Cancels the copying, and removes the files that were already copied.</param>
    /// <returns>The bucket, and the record item that selects all files.</returns>
    /// <exception cref="LinkApiException">The folder has no files to share, or the storage is not the local storage.</exception>
    public static async Task<(string Bucket, PrefixItem Files)> PlaceAsync(string folder, EgressSettings settings, TextWriter error, CancellationToken cancellationToken)
    {
        if (settings.Storage is not LocalOptions { Root: var configured })
        {
            throw new LinkApiException($"A folder can only be shared if the storage is a disk, but it is {settings.Storage.Type}. Upload the files, and name them by --bucket and --prefix.", null);
        }

        var (source, root) = (Full(folder), Full(configured));
        if (!Directory.Exists(source))
        {
            throw new LinkApiException($"The folder {source} does not exist.", null);
        }

        if (IsInside(root, source))
        {
            string[] parts = Path.GetRelativePath(root, source).Split(Path.DirectorySeparatorChar, 2);
            return (parts[0], new PrefixItem(parts.Length > 1 ? parts[1].Replace(Path.DirectorySeparatorChar, '/') + "/" : ""));
        }

        // If the shared folder contains the records and secrets of the server, they are left out.
        string[] own = settings.Embedded.Records ? [root, Full(EmbeddedSetup.DataFolder(settings))] : [root];
        var files = Directory.EnumerateFiles(source, "*", Shared).Where(file => !Array.Exists(own, place => IsInside(place, file))).ToList();
        if (files.Count == 0)
        {
            throw new LinkApiException($"The folder {source} has no files to share. Hidden files and symbolic links are left out.", null);
        }

        var bucket = $"shared-{Guid.NewGuid():N}"[..15];
        Copy(files, source, Path.Combine(root, bucket), cancellationToken);
        await error.WriteLineAsync($"Copied {files.Count} {(files.Count == 1 ? "file" : "files")} to {Path.Combine(root, bucket)}");
        return (bucket, new PrefixItem(""));
    }

    /// <summary>Copies files into a temporary folder, and then renames it to the target. An interrupted copy is therefore never used.</summary>
    private static void Copy(IReadOnlyList<string> files, string source, string target, CancellationToken cancellationToken)
    {
        var draft = Directory.CreateDirectory($"{target}.{Guid.NewGuid():N}").FullName;
        try
        {
            foreach (var file in files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var copy = Path.Combine(draft, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            Directory.Move(draft, target);
        }
        catch
        {
            Directory.Delete(draft, recursive: true);
            throw;
        }
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static bool IsInside(string folder, string path) => path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
