using System.Runtime.InteropServices;
using Egress.Storage.Local.Linux;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Files;

/// <summary>Flushes written data to the disk, so that a crash of the machine does not lose it.</summary>
internal class DiskFlush
{
    /// <summary>Flushes the content of a file.</summary>
    /// <exception cref="IOException">The disk failed, and written data may be lost.</exception>
    public virtual void FlushFile(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <summary>Flushes the entries of a folder, after a file was created in it or moved into it. Has no effect on systems that cannot open a folder.</summary>
    /// <exception cref="IOException">The disk failed, or the folder cannot be opened.</exception>
    public virtual void FlushFolder(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[LinuxCalls.RoomFor(path)];
        if (!RawName.TryWrite(path, bytes))
        {
            throw new PathTooLongException();
        }

        using var folder = LinuxCalls.Open(bytes, LinuxCalls.CloseOnExec);
        if (folder.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
        }

        RandomAccess.FlushToDisk(folder);
    }
}
