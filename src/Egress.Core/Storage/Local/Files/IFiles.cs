using Egress.Backends;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Files;

/// <summary>Access to files of the operating system, with an implementation for Linux and a portable one.</summary>
/// <remarks>Paths are text. <see cref="RawName"/> encodes bytes that are not UTF-8.</remarks>
internal interface IFiles
{
    /// <summary>Opens a path.</summary>
    /// <returns>The entry, which the caller disposes; null if it does not exist.</returns>
    /// <exception cref="BackendException">The entry may not be read, or the disk failed.</exception>
    OpenedEntry? Open(string path);

    /// <summary>Opens a path without waiting for the disk.</summary>
    /// <returns>The entry, which the caller disposes; null if <see cref="Open"/> is needed, which may wait.</returns>
    /// <exception cref="BackendException">The disk failed.</exception>
    OpenedEntry? TryOpenCached(string path);

    /// <summary>Reads bytes that are in the memory of the system, without waiting for the disk.</summary>
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
    /// <returns>Null if each file must be opened to find out whether it may be read.</returns>
    IFolderLookup? TryOpenFolder(string path);
}

/// <summary>A folder whose files are looked up without being opened.</summary>
internal interface IFolderLookup : IDisposable
{
    /// <summary>Looks up a file.</summary>
    /// <param name="name">Its name in the folder.</param>
    /// <returns>Null if the file must be opened to find out more: it does not exist, is not a regular file, is a link, or may not be read.</returns>
    FileVersion? TryLookUp(string name);
}

/// <summary>An entry of a folder, not opened.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsFolder">Whether it is a folder, and not a link to one.</param>
/// <param name="IsLink">Whether it is a symbolic link.</param>
internal readonly record struct FolderChild(string Name, bool IsFolder, bool IsLink)
{
    /// <summary>The name as part of a key, where that of a folder ends with a slash. So <c>a.txt</c> is sorted before <c>a/b.txt</c>.</summary>
    public string SortKey => IsFolder ? Name + "/" : Name;
}
