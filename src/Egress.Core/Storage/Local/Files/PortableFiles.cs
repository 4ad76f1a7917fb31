using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Files;

/// <summary>
/// Accesses files with only the base library, for systems other than Linux. It resolves links first and opens the target afterwards. For development only: a
/// user who can change folders below the root could replace a link in between, and opening a named pipe blocks.
/// </summary>
internal sealed class PortableFiles : IFiles
{
    private const int MostLinks = 40;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <inheritdoc/>
    public OpenedEntry? Open(string path)
    {
        try
        {
            var links = 0;
            var real = Resolve(path, ref links);
            if (Directory.Exists(real))
            {
                return new OpenedEntry(EntryKind.Folder, null, real, default);
            }

            var handle = File.OpenHandle(
                real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
            try
            {
                return new OpenedEntry(EntryKind.File, handle, real, Version(handle));
            }
            catch (NotSupportedException) // the file has no length, because it is a pipe or a device
            {
                return new OpenedEntry(EntryKind.Other, handle, real, default);
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

    /// <inheritdoc/>
    public OpenedEntry? TryOpenCached(string path) => null;

    /// <inheritdoc/>
    public int TryReadCached(in OpenedEntry file, Memory<byte> buffer, long position) => 0;

    /// <inheritdoc/>
    public FileVersion VersionOf(SafeFileHandle handle, string path)
    {
        try
        {
            return Version(handle);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.From(exception, path);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FolderChild> List(in OpenedEntry folder)
    {
        try
        {
            return [.. new FileSystemEnumerable<FolderChild>(folder.RealPath, Describe, Everything)];
        }
        catch (DirectoryNotFoundException)
        {
            return []; // the folder was removed after it was opened
        }
    }

    /// <inheritdoc/>
    public IFolderLookup? TryOpenFolder(string path) => null;

    private static FileVersion Version(SafeFileHandle handle) => new(RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle));

    private static FolderChild Describe(ref FileSystemEntry entry)
    {
        var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
        var name = entry.FileName.ToString();
        return name.Contains('\uFFFD', StringComparison.Ordinal)
            ? throw new IOException($"'{name}' may have a name that is not UTF-8, which only Linux can open.")
            : new FolderChild(name, entry.IsDirectory && !isLink, isLink);
    }

    /// <summary>Returns a path in which all symbolic links are resolved. The target of a link is itself resolved from its first component on.</summary>
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
