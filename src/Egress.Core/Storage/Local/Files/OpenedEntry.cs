using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Files;

/// <summary>The kind of a file system entry.</summary>
internal enum EntryKind
{
    File,
    Folder,

    /// <summary>A pipe, socket or device.</summary>
    Other,
}

/// <summary>An opened file system entry. It is opened before it is checked, so that it cannot be replaced between the check and the use.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Handle">The open file; null if there is no file to read.</param>
/// <param name="RealPath">Its path with all symbolic links resolved.</param>
/// <param name="Version">Its size and times.</param>
internal readonly record struct OpenedEntry(EntryKind Kind, SafeFileHandle? Handle, string RealPath, FileVersion Version) : IDisposable
{
    /// <summary>Whether the entry is in a file system of this machine, not of a network. Only reads from the disk can then take long.</summary>
    public bool IsLocal { get; init; }

    public ObjectProperties ToProperties(ObjectLocation location) =>
        new(location, Version.Size) { ETag = Version.ETag, Modified = Version.Modified };

    public void Dispose() => Handle?.Dispose();
}
