using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>
/// Opens first and asks afterwards, by descriptor: what was checked is what is read. <c>O_NONBLOCK</c> keeps the opening of a
/// pipe without a writer from waiting for ever, which no option of <see cref="File"/> does.
/// </summary>
/// <remarks>
/// Where the kernel refuses to follow any symbolic link (<c>openat2</c>, Linux 5.6), a path that opens is its own real path. Only what
/// lies behind a link is asked for its real path, which costs more than all the rest of the opening.
/// </remarks>
internal sealed class LinuxEntryOpener : IEntryOpener
{
    // fcntl.h, the same on every architecture that .NET runs on: O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC.
    private const int OpenFlags = 0x0 | 0x100 | 0x800 | 0x80000;
    private const int AtEmptyPath = 0x1000;
    private const int AtCurrentFolder = -100;

    // linux/openat2.h; system calls of this age have the same number everywhere.
    private const int OpenAt2 = 437;
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveNoSymbolicLinks = 0x04;
    private const int Enosys = 38;

    /// <summary>Linux makes no longer one out of a descriptor.</summary>
    private const int PathMax = 4096;

    private const uint StatxType = 0x1;
    private const uint StatxMtime = 0x40;
    private const uint StatxSize = 0x200;

    private const int TypeMask = 0xF000;
    private const int TypeFolder = 0x4000;
    private const int TypeFile = 0x8000;

    private const int AdviseSequential = 2;
    private const long WorthAdvising = 1 << 20;

    private volatile bool _refusesLinks = true;

    /// <inheritdoc/>
    public OpenedEntry? Open(string path)
    {
        if (OpenWithoutLinks(path) is { } direct)
        {
            return Describe(direct, path, hasLinks: false);
        }

        var handle = open(path, OpenFlags);
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return LocalFaults.IsMissing(errno) ? null : throw LocalFaults.FromErrno(errno, path);
        }

        return Describe(handle, path, hasLinks: true);
    }

    /// <returns>Null when there is a link on the way, or anything else in it: the ordinary opening then says what.</returns>
    private SafeFileHandle? OpenWithoutLinks(string path)
    {
        if (!_refusesLinks)
        {
            return null;
        }

        var how = new OpenHow { Flags = OpenFlags, Resolve = ResolveNoSymbolicLinks | ResolveNoMagicLinks };
        var handle = syscall(OpenAt2, AtCurrentFolder, path, how, Marshal.SizeOf<OpenHow>());
        if (!handle.IsInvalid)
        {
            return handle;
        }

        _refusesLinks = Marshal.GetLastPInvokeError() != Enosys;
        handle.Dispose();
        return null;
    }

    private static OpenedEntry Describe(SafeFileHandle handle, string path, bool hasLinks)
    {
        try
        {
            return Ask(handle, path, hasLinks);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static OpenedEntry Ask(SafeFileHandle handle, string path, bool hasLinks)
    {
        if (statx(handle, "", AtEmptyPath, StatxType | StatxMtime | StatxSize, out var status) != 0)
        {
            throw LocalFaults.FromErrno(Marshal.GetLastPInvokeError(), path);
        }

        var kind = (status.Mode & TypeMask) switch
        {
            TypeFile => EntryKind.File,
            TypeFolder => EntryKind.Folder,
            _ => EntryKind.Other,
        };
        var size = (long)status.Size;
        if (kind == EntryKind.File && size >= WorthAdvising)
        {
            // Only a hint: where the file system does not know it, nothing is lost.
            _ = posix_fadvise(handle, 0, 0, AdviseSequential);
        }

        var modified = DateTimeOffset.FromUnixTimeSeconds(status.ModifiedSeconds).AddTicks(status.ModifiedNanoseconds / 100);
        var realPath = hasLinks ? RealPath(handle, path) : Path.TrimEndingDirectorySeparator(path);
        return new OpenedEntry(kind, handle, realPath, size, modified);
    }

    private static string RealPath(SafeFileHandle handle, string path)
    {
        Span<byte> real = stackalloc byte[PathMax];
        var length = readlink($"/proc/self/fd/{handle.DangerousGetHandle()}", ref MemoryMarshal.GetReference(real), real.Length);
        return length >= 0
            ? Encoding.UTF8.GetString(real[..(int)length])
            : throw LocalFaults.FromErrno(Marshal.GetLastPInvokeError(), path);
    }

#pragma warning disable IDE1006, CA5392 // names of libc; the loader finds libc itself
    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle syscall(
        nint number, nint folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, in OpenHow how, nint size);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        SafeFileHandle descriptor, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out FileStatus status);

    [DllImport("libc", SetLastError = true)]
    private static extern nint readlink([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref byte buffer, nint size);

    [DllImport("libc")]
    private static extern int posix_fadvise(SafeFileHandle descriptor, nint offset, nint length, int advice);
#pragma warning restore IDE1006, CA5392

    /// <summary><c>struct open_how</c> of linux/openat2.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary><c>struct statx</c> of linux/stat.h: 256 bytes on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;
    }
}
