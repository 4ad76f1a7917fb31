using System.Collections.Frozen;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>Determines whether files are in file systems of this machine, or in network or user-space file systems.</summary>
/// <remarks>
/// In network and user-space file systems, a server or a program decides whether a file can be opened, regardless of the permissions of the file.
/// </remarks>
internal sealed class LocalDevices
{
    /// <summary>Types of file systems of this machine (linux/magic.h).</summary>
    private static readonly FrozenSet<long> LocalTypes = FrozenSet.Create<long>(
        0xEF53 /* ext2, ext3, ext4 */, 0x58465342 /* XFS */, 0x9123683E /* Btrfs */, 0x2FC12FC1 /* ZFS */, 0xF2F52010 /* F2FS */, 0xCA451A4E /* bcachefs */,
        0x794C7630 /* overlayfs */, 0x01021994 /* tmpfs */);

    /// <summary>The device number of the file system that was last identified as one of this machine; -1 for none yet.</summary>
    private long _known = -1;

    private volatile bool _sawOther;

    /// <summary>Whether all files and folders that were checked so far are in file systems of this machine. False before the first check.</summary>
    public bool AllLocal => Volatile.Read(ref _known) != -1 && !_sawOther;

    /// <summary>Whether an open file or folder is in a file system of this machine.</summary>
    public bool IsLocal(SafeFileHandle file)
    {
        var isLocal = LocalTypes.Contains(LinuxCalls.FileSystemOf(file) & uint.MaxValue);
        _sawOther |= !isLocal;
        return isLocal;
    }

    /// <summary>
    /// Whether an open file or folder is in a file system of this machine. Makes no system call if the device number is that of the last local file.
    /// </summary>
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
