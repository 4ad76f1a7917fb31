using System.Collections.Frozen;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>Distinguishes file systems of this machine from those of networks and of user space.</summary>
/// <remarks>
/// With network and user-space file systems, a server or a program decides at the opening, regardless of the permissions of the file.
/// </remarks>
internal sealed class LocalDevices
{
    /// <summary>Types of file systems of this machine (linux/magic.h).</summary>
    private static readonly FrozenSet<long> LocalTypes = FrozenSet.Create<long>(
        0xEF53 /* ext2, ext3, ext4 */, 0x58465342 /* XFS */, 0x9123683E /* Btrfs */, 0x2FC12FC1 /* ZFS */, 0xF2F52010 /* F2FS */, 0xCA451A4E /* bcachefs */,
        0x794C7630 /* overlayfs */, 0x01021994 /* tmpfs */);

    /// <summary>The device number of one file system of this machine, which contains most files.</summary>
    private long _known = -1;

    private volatile bool _sawOther;

    /// <summary>Whether every file so far was in a file system of this machine.</summary>
    public bool AllLocal => Volatile.Read(ref _known) != -1 && !_sawOther;

    /// <summary>Whether an open file or folder is in a file system of this machine.</summary>
    public bool IsLocal(SafeFileHandle file)
    {
        var isLocal = LocalTypes.Contains(LinuxCalls.FileSystemOf(file) & uint.MaxValue);
        _sawOther |= !isLocal;
        return isLocal;
    }

    /// <summary>Like the other overload, but makes no system call if the device number is known to be of this machine.</summary>
    public bool IsLocal(SafeFileHandle file, in FileStatus status)
    {
        if ((long)status.Device == Volatile.Read(ref _known))
        {
            return true;
        }

        if (!IsLocal(file))
        {
            return false;
        }

        Volatile.Write(ref _known, (long)status.Device);
        return true;
    }
}
