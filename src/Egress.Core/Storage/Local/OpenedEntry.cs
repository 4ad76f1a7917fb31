using System.Globalization;
using Egress.Backends;
using Egress.Storage.Local.Linux;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>What a path turned out to be once it was opened.</summary>
internal enum EntryKind
{
    File,
    Folder,

    /// <summary>A pipe, socket or device.</summary>
    Other,
}

/// <summary>Something below the root that was opened before it is judged: nobody can swap it between the check and the use.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Handle">The open file; null when there is none to read.</param>
/// <param name="RealPath">Its path after every symbolic link.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Modified">Time of last change, UTC.</param>
internal readonly record struct OpenedEntry(
    EntryKind Kind, SafeFileHandle? Handle, string RealPath, long Size, DateTimeOffset Modified) : IDisposable
{
    /// <summary>
    /// Size and time. No inode number: file systems in user space and network shares make a new one for each mount or
    /// each opening, and then an unchanged file would look changed.
    /// </summary>
    public string ETag => string.Create(CultureInfo.InvariantCulture, $"{Size:x}-{Modified.UtcTicks:x}");

    public ObjectProperties ToProperties(ObjectLocation location) => new(location, Size) { ETag = ETag, Modified = Modified };

    public void Dispose() => Handle?.Dispose();
}

/// <summary>Opens paths. One way for Linux, one that works anywhere.</summary>
internal interface IEntryOpener
{
    /// <returns>The entry, which the caller disposes; null when there is none.</returns>
    /// <exception cref="BackendException">It may not be read or the disk failed.</exception>
    OpenedEntry? Open(string path);

    /// <summary>Opens a folder, for many questions about what lies in it.</summary>
    /// <returns>Null where it is not there, has a link on the way, or this system has no such thing: then each path is opened.</returns>
    LinuxFolder? TryOpenFolder(string path) => null;
}
