using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>The Linux system calls that the base library does not offer. A failed call sets the errno of the thread.</summary>
internal static class LinuxCalls
{
    // Flags of fcntl.h. They have the same values on every architecture on which .NET runs.
    public const int NoTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const int CurrentFolder = -100;
    public const int SymlinkNoFollow = 0x100;
    public const int EffectiveAccess = 0x200;
    public const int EmptyPath = 0x1000;

    /// <summary>The longest path in bytes, including the terminating zero (linux/limits.h).</summary>
    public const int PathMax = 4096;

    public const int Eperm = 1;
    public const int Eexist = 17;
    public const int Einval = 22;
    public const int Enosys = 38;

    /// <summary>RENAME_NOREPLACE of linux/fs.h.</summary>
    private const uint DoNotReplace = 1;

    private const int MayRead = 4;
    private const int AdviseSequential = 2;

    // The number of the system call and the flags of linux/openat2.h. Newer system calls have the same number on every architecture.
    private const int OpenAt2 = 437;
    private const int AccessAt2 = 439;
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveNoSymbolicLinks = 0x04;
    private const ulong ResolveCached = 0x20;

    /// <summary>RWF_NOWAIT of linux/fs.h.</summary>
    private const int DoNotWait = 0x8;

    /// <summary>STATX_TYPE, _NLINK, _MTIME, _CTIME, _INO and _SIZE of linux/stat.h.</summary>
    private const uint StatxMask = 0x1 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200;

    /// <summary><c>open(2)</c>.</summary>
    public static SafeFileHandle Open(ReadOnlySpan<byte> path, int flags) => open(in MemoryMarshal.GetReference(path), flags);

    /// <summary><c>openat2(2)</c> with the flag that refuses a path with symbolic links. Needs Linux 5.6.</summary>
    /// <param name="path">Path, with a zero at its end.</param>
    /// <param name="flags">As for <see cref="Open"/>.</param>
    /// <param name="isCached">Whether the call fails if the disk must be read to resolve the path. Needs Linux 5.12.</param>
    public static SafeFileHandle OpenWithoutLinks(ReadOnlySpan<byte> path, int flags, bool isCached = false)
    {
        var resolve = ResolveNoSymbolicLinks | ResolveNoMagicLinks | (isCached ? ResolveCached : 0);
        var how = new OpenHow { Flags = (ulong)flags, Resolve = resolve };
        return syscall(OpenAt2, CurrentFolder, in MemoryMarshal.GetReference(path), how, Marshal.SizeOf<OpenHow>());
    }

    /// <summary><c>statx(2)</c>: kind, size, times and identity.</summary>
    public static bool TryAsk(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, out FileStatus status) =>
        statx(folder, in MemoryMarshal.GetReference(name), flags, StatxMask, out status) == 0;

    /// <summary><c>faccessat2(2)</c>: whether a file may be read. A symbolic link is not followed. Needs Linux 5.8.</summary>
    public static bool MayBeRead(SafeFileHandle folder, ReadOnlySpan<byte> name) =>
        syscall(AccessAt2, folder, in MemoryMarshal.GetReference(name), MayRead, EffectiveAccess | SymlinkNoFollow) == 0;

    /// <summary><c>fstatfs(2)</c>: the magic number of the file system; 0 if it is not known.</summary>
    public static long FileSystemOf(SafeFileHandle file)
    {
        var status = default(FileSystemStatus);
        return fstatfs(file, ref status) == 0 ? status.Type : 0;
    }

    /// <summary><c>posix_fadvise(3)</c>: hints that the file will be read sequentially. Some file systems ignore the hint.</summary>
    public static void WillBeReadInOrder(SafeFileHandle file) => _ = posix_fadvise(file, 0, 0, AdviseSequential);

    /// <summary><c>preadv2(2)</c>: reads bytes that are in the page cache, and does not wait for the disk.</summary>
    /// <returns>Bytes read, 0 at the end of the file; -1 if the call would have to wait, or failed.</returns>
    public static nint ReadCached(SafeFileHandle file, Memory<byte> buffer, long position)
    {
        using var pinned = buffer.Pin();
        var address = Unsafe.ByteOffset(in Unsafe.NullRef<byte>(), in MemoryMarshal.GetReference(buffer.Span));
        return preadv2(file, new IoVector { Start = address, Length = buffer.Length }, 1, (nint)position, DoNotWait);
    }

    /// <summary><c>readlink(2)</c>.</summary>
    public static nint ReadLink(string path, Span<byte> buffer) => readlink(path, ref MemoryMarshal.GetReference(buffer), buffer.Length);

    /// <summary><c>renameat2(2)</c>: renames a file without replacing another one.</summary>
    /// <returns>False if the new name exists; null if the C library or the file system does not support the call, or another error occurred.</returns>
    public static bool? TryRename(string path, string newPath)
    {
        try
        {
            return renameat2(CurrentFolder, path, CurrentFolder, newPath, DoNotReplace) == 0 ? true
                : Marshal.GetLastPInvokeError() == Eexist ? false
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // musl
        }
    }

    /// <summary><c>opendir(3)</c>.</summary>
    public static FolderHandle OpenFolder(string path) => opendir(path);

    /// <summary><c>readdir(3)</c>: the next entry, valid until the next call; 0 at the end or after a failure. At the end errno is 0.</summary>
    public static nint ReadFolder(FolderHandle folder) => readdir(folder);

    /// <summary>Returns the size of the buffer, in bytes, for the UTF-8 form of a path and a terminating zero. It is at most <see cref="PathMax"/>.</summary>
    public static int RoomFor(string path) => Math.Min((3 * path.Length) + 1, PathMax);

#pragma warning disable IDE1006, CA5392 // names of libc; the loader finds libc itself
    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle open(in byte path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle syscall(
        nint number, nint folder, in byte path, in OpenHow how, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(
        nint number, SafeFileHandle folder, in byte name, nint mode, nint flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        SafeFileHandle descriptor, in byte path, int flags, uint mask, out FileStatus status);

    [DllImport("libc", SetLastError = true)]
    private static extern nint preadv2(SafeFileHandle descriptor, in IoVector buffers, int count, nint offset, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern nint readlink([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref byte buffer, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int renameat2(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int newFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string newPath, uint flags);

    [DllImport("libc", SetLastError = true)]
    private static extern FolderHandle opendir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);

    [DllImport("libc", SetLastError = true)]
    private static extern nint readdir(FolderHandle folder);

    [DllImport("libc")]
    private static extern int closedir(nint folder);

    [DllImport("libc")]
    private static extern int fstatfs(SafeFileHandle descriptor, ref FileSystemStatus status);

    [DllImport("libc")]
    private static extern int posix_fadvise(SafeFileHandle descriptor, nint offset, nint length, int advice);
#pragma warning restore IDE1006, CA5392

    /// <summary>The handle of an open folder stream (<c>DIR*</c>).</summary>
    internal sealed class FolderHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => closedir(handle) == 0;
    }

    /// <summary><c>struct statfs</c> of asm-generic/statfs.h. Only its first field is used, and the structure is never longer than 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileSystemStatus
    {
        [FieldOffset(0)]
        public nint Type;
    }

    /// <summary><c>struct iovec</c> of linux/uio.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public nint Start;
        public nint Length;
    }

    /// <summary><c>struct open_how</c> of linux/openat2.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
