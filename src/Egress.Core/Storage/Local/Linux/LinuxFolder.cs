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

    /// <param name="handle">The folder. It is disposed with the result, or here if there is none.</param>
    /// <param name="devices">Decides whether the permissions of a file are enough to know that it can be opened.</param>
    /// <param name="cannotCheckAccess">Called if the system cannot check whether a file may be read.</param>
    /// <returns>Null if files must be opened to find out whether they may be read.</returns>
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

        // The kernel is old, or the container's filter does not allow the call.
        if (Marshal.GetLastPInvokeError() is LinuxCalls.Enosys or LinuxCalls.Eperm)
        {
            _cannotCheckAccess();
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
