using Egress.Backends;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Files;

/// <summary>Accesses files through the operating system. There is an implementation for Linux and a portable one.</summary>
/// <remarks>Paths are text, in which <see cref="RawName"/> encodes bytes that are not UTF-8.</remarks>
internal interface IFiles
{
    /// <summary>Opens the file or folder at a path.</summary>
    /// <returns>The entry, which the caller disposes; null if it does not exist.</returns>
    /// <exception cref="BackendException">The entry may not be read, or the disk failed.</exception>
    OpenedEntry? Open(string path);

    /// <summary>Opens the file at a path, if that is possible without waiting for the disk.</summary>
    /// <returns>The entry, which the caller disposes; null if <see cref="Open"/> is needed, which may wait.</returns>
    /// <exception cref="BackendException">The disk failed.</exception>
    OpenedEntry? TryOpenCached(string path);

    /// <summary>Reads bytes of a file that are in the page cache of the system, without waiting for the disk.</summary>
    /// <returns>The number of bytes; 0 or less if an ordinary read is needed, which may wait.</returns>
    int TryReadCached(in OpenedEntry file, Memory<byte> buffer, long position);

    /// <summary>Returns the current version of an open file.</summary>
    /// <exception cref="BackendException">The disk failed.</exception>
    FileVersion VersionOf(SafeFileHandle handle, string path);

    /// <summary>Lists a folder, in no particular order.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    IReadOnlyList<FolderChild> List(in OpenedEntry folder);

    /// <summary>Opens a folder to look up many of its files.</summary>
    /// <returns>The folder; null if only opening each file shows whether it may be read.</returns>
    IFolderLookup? TryOpenFolder(string path);
}

/// <summary>A folder whose files are looked up without being opened.</summary>
internal interface IFolderLookup : IDisposable
{
    /// <summary>Looks up a file.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <returns>
    /// The version of the file; null if the file must be opened, because it does not exist, is not a regular file, is a link, or may not be read.
    /// </returns>
    FileVersion? TryLookUp(string name);
}

/// <summary>An entry of a folder that was listed and not opened.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFolder">Whether it is a folder, and not a link to one.</param>
/// <param name="IsLink">Whether it is a symbolic link.</param>
internal readonly record struct FolderChild(string Name, bool IsFolder, bool IsLink)
{
    /// <summary>The text by which entries are sorted, as in keys: the name of a folder ends with a slash. Thus <c>a.txt</c> precedes <c>a/b.txt</c>.</summary>
    public string SortKey => IsFolder ? Name + "/" : Name;
}
