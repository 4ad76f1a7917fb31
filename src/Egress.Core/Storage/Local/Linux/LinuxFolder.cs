using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>A folder without a symbolic link on the way to it. What lies in it is asked for without walking that way, and without opening it.</summary>
internal sealed class LinuxFolder : IDisposable
{
    /// <summary>
    /// File systems (linux/magic.h) whose answer is that of opening. Others leave the last word to a server or a program, which is asked when a file
    /// is opened: those of networks and of user space.
    /// </summary>
    private static readonly FrozenSet<long> Trusted = FrozenSet.Create<long>(
        0xEF53 /* ext2, ext3, ext4 */, 0x58465342 /* XFS */, 0x9123683E /* Btrfs */, 0x2FC12FC1 /* ZFS */, 0xF2F52010 /* F2FS */, 0xCA451A4E /* bcachefs */,
        0x794C7630 /* overlayfs */, 0x01021994 /* tmpfs */);

    private static volatile bool _isRefused;

    private readonly SafeFileHandle _handle;

    private LinuxFolder(SafeFileHandle handle) => _handle = handle;

    /// <param name="handle">The folder, disposed with the result, or here.</param>
    /// <returns>Null where only opening a file tells whether it may be read.</returns>
    public static LinuxFolder? TryCreate(SafeFileHandle handle)
    {
        if (!_isRefused && Trusted.Contains(LinuxCalls.FileSystemOf(handle) & uint.MaxValue))
        {
            return new LinuxFolder(handle);
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Asks for a file that may be read.</summary>
    /// <returns>Null where opening it must tell more: it is not there, no regular file, a link, or may not be read.</returns>
    public OpenedEntry? TryAsk(string name, string path)
    {
        if (!LinuxCalls.TryAsk(_handle, name, LinuxCalls.SymlinkNoFollow, out var status) || status.Kind != EntryKind.File)
        {
            return null;
        }

        if (LinuxCalls.MayBeRead(_handle, name))
        {
            return new OpenedEntry(EntryKind.File, null, path, status.Size, status.Modified);
        }

        // An old kernel, or a container that does not know the call: no file of this process is asked in vain again.
        _isRefused |= Marshal.GetLastPInvokeError() is LinuxCalls.Enosys or LinuxCalls.Eperm;
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
