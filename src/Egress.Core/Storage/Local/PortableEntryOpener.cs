namespace Egress.Storage.Local;

/// <summary>
/// For systems other than Linux, with the base library alone: links are resolved first, then the target is opened. Meant for
/// development: someone who can change folders below the root could swap a link in between, and a named pipe blocks.
/// </summary>
internal sealed class PortableEntryOpener : IEntryOpener
{
    private const int MostLinks = 40;

    /// <inheritdoc/>
    public OpenedEntry? Open(string path)
    {
        try
        {
            var links = 0;
            var real = Resolve(path, ref links);
            if (Directory.Exists(real))
            {
                return new OpenedEntry(EntryKind.Folder, null, real, 0, Directory.GetLastWriteTimeUtc(real));
            }

            var handle = File.OpenHandle(
                real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
            try
            {
                return new OpenedEntry(EntryKind.File, handle, real, RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle));
            }
            catch (NotSupportedException) // no length: a pipe or a device
            {
                return new OpenedEntry(EntryKind.Other, handle, real, 0, default);
            }
        }
        catch (Exception exception) when (LocalFaults.IsMissing(exception))
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.From(exception, path);
        }
    }

    /// <summary>Resolves the symbolic links of every component: a link's target is resolved from its own start again.</summary>
    private static string Resolve(string path, ref int links)
    {
        var start = Path.GetPathRoot(path)!;
        var real = start;
        foreach (var name in path[start.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Join(real, name);
            if (new FileInfo(real).LinkTarget is { } target)
            {
                if (++links > MostLinks)
                {
                    throw new FileNotFoundException($"'{path}' leads in circles.");
                }

                real = Resolve(Path.GetFullPath(target, Path.GetDirectoryName(real)!), ref links);
            }
        }

        return real;
    }
}
