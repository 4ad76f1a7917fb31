using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>
/// Opens first and asks afterwards, by descriptor: what was checked is what is read. <c>O_NONBLOCK</c> keeps the opening of a
/// pipe without a writer from waiting for ever, which no option of <see cref="File"/> does.
/// </summary>
internal sealed class LinuxEntryOpener : IEntryOpener
{
    // fcntl.h, the same on every architecture that .NET runs on: O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC.
    private const int OpenFlags = 0x0 | 0x100 | 0x800 | 0x80000;
    private const int AtEmptyPath = 0x1000;

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

    /// <inheritdoc/>
    public OpenedEntry? Open(string path)
    {
        var handle = open(path, OpenFlags);
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return LocalFaults.IsMissing(errno) ? null : throw LocalFaults.FromErrno(errno, path);
        }

        try
        {
            return Describe(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static OpenedEntry Describe(SafeFileHandle handle, string path)
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
        return new OpenedEntry(kind, handle, RealPath(handle, path), size, modified);
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
    private static extern int statx(
        SafeFileHandle descriptor, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out FileStatus status);

    [DllImport("libc", SetLastError = true)]
    private static extern nint readlink([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref byte buffer, nint size);

    [DllImport("libc")]
    private static extern int posix_fadvise(SafeFileHandle descriptor, nint offset, nint length, int advice);
#pragma warning restore IDE1006, CA5392

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
