using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>A folder without a symbolic link on the way to it. What lies in it is asked for without walking that way, and without opening it.</summary>
/// <param name="handle">The folder; disposed here.</param>
internal sealed class LinuxFolder(SafeFileHandle handle) : IDisposable
{
    /// <summary>Asks for a file that may be read.</summary>
    /// <returns>Null where opening it must tell more: it is not there, no regular file, a link, or may not be read.</returns>
    public OpenedEntry? TryAsk(string name, string path) =>
        LinuxCalls.TryAsk(handle, name, LinuxCalls.SymlinkNoFollow, out var status) && status.Kind == EntryKind.File && LinuxCalls.MayBeRead(handle, name)
            ? new OpenedEntry(EntryKind.File, null, path, status.Size, status.Modified)
            : null;

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
