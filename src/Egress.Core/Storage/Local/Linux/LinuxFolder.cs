using System.Runtime.InteropServices;
using Egress.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>
/// An open folder whose path has no symbolic links. Its files are looked up without resolving that path again, and without opening them.
/// </summary>
internal sealed class LinuxFolder : IFolderLookup
{
    private readonly SafeFileHandle _handle;
    private readonly Action _cannotCheckAccess;

    private LinuxFolder(SafeFileHandle handle, Action cannotCheckAccess) => (_handle, _cannotCheckAccess) = (handle, cannotCheckAccess);

    /// <param name="handle">The folder. It is disposed with the result, or by this method if the result is null.</param>
    /// <param name="devices">
    /// Determines whether the folder is in a file system of this machine, where the permissions of a file decide whether it can be opened.
    /// </param>
    /// <param name="cannotCheckAccess">Called if the system cannot check whether a file may be read.</param>
    /// <returns>The folder; null if only opening each file shows whether it may be read.</returns>
    public static LinuxFolder? TryCreate(SafeFileHandle handle, LocalDevices devices, Action cannotCheckAccess)
    {
        if (devices.IsLocal(handle))
        {
            return new LinuxFolder(handle, cannotCheckAccess);
        }

        handle.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public FileVersion? TryLookUp(string name)
    {
        Span<byte> bytes = stackalloc byte[LinuxCalls.RoomFor(name)];
        if (!RawName.TryWrite(name, bytes) || !LinuxCalls.TryAsk(_handle, bytes, LinuxCalls.SymlinkNoFollow, out var status)
            || status.Kind != EntryKind.File)
        {
            return null;
        }

        if (LinuxCalls.MayBeRead(_handle, bytes))
        {
            return status.Version;
        }

        // The call is not available: the kernel is old, or the system call filter of the container forbids the call.
        if (Marshal.GetLastPInvokeError() is LinuxCalls.Enosys or LinuxCalls.Eperm)
        {
            _cannotCheckAccess();
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
