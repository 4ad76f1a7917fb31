using Egress.Backends;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Files;

/// <summary>The files of the operating system: one implementation for Linux, one that works anywhere.</summary>
/// <remarks>Paths are text, in which <see cref="RawName"/> stands for what is not UTF-8.</remarks>
internal interface IFiles
{
    /// <summary>Opens a path.</summary>
    /// <returns>The entry, which the caller disposes; null when there is none.</returns>
    /// <exception cref="BackendException">It may not be read or the disk failed.</exception>
    OpenedEntry? Open(string path);

    /// <summary>Opens a path without waiting for the disk.</summary>
    /// <returns>The entry, which the caller disposes; null where <see cref="Open"/>, which may wait, is needed.</returns>
    /// <exception cref="BackendException">The disk failed.</exception>
    OpenedEntry? TryOpenCached(string path);

    /// <summary>Reads what is in memory, without waiting for the disk.</summary>
    /// <returns>Bytes read; 0 or less where an ordinary read, which may wait, is needed.</returns>
    int TryReadCached(in OpenedEntry file, Memory<byte> buffer, long position);

    /// <summary>The version of an open file as it is now.</summary>
    /// <exception cref="BackendException">The disk failed.</exception>
    FileVersion VersionOf(SafeFileHandle handle, string path);

    /// <summary>Lists a folder, in no particular order.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    IReadOnlyList<FolderChild> List(in OpenedEntry folder);

    /// <summary>Opens a folder to look up many of its files.</summary>
    /// <returns>Null where each file must be opened to find out whether it may be read.</returns>
    IFolderLookup? TryOpenFolder(string path);
}

/// <summary>A folder whose files are looked up without being opened.</summary>
internal interface IFolderLookup : IDisposable
{
    /// <summary>Looks up a file.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <returns>Null where it must be opened to find out more: it does not exist, is not a regular file, a link, or may not be read.</returns>
    FileVersion? TryLookUp(string name);
}

/// <summary>An entry of a folder, not opened.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFolder">Whether it is a folder, and not a link to one.</param>
/// <param name="IsLink">Whether it is a symbolic link.</param>
internal readonly record struct FolderChild(string Name, bool IsFolder, bool IsLink)
{
    /// <summary>As part of a key a folder's name ends with a slash: <c>a.txt</c> comes before <c>a/b.txt</c>.</summary>
    public string SortKey => IsFolder ? Name + "/" : Name;
}
