using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

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
    private const int OpenFlags = LinuxCalls.NoTerminal | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec;
    private const int FolderFlags = LinuxCalls.PathOnly | LinuxCalls.CloseOnExec;

    /// <summary>Linux makes no longer one out of a descriptor.</summary>
    private const int PathMax = 4096;

    private const long WorthAdvising = 1 << 20;

    private volatile bool _refusesLinks = true;

    /// <inheritdoc/>
    public OpenedEntry? Open(string path)
    {
        if (OpenWithoutLinks(path, OpenFlags) is { } direct)
        {
            return Describe(direct, path, hasLinks: false);
        }

        var handle = LinuxCalls.Open(path, OpenFlags);
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return LocalFaults.IsMissing(errno) ? null : throw LocalFaults.FromErrno(errno, path);
        }

        return Describe(handle, path, hasLinks: true);
    }

    /// <inheritdoc/>
    public LinuxFolder? TryOpenFolder(string path) =>
        OpenWithoutLinks(path, FolderFlags) is { } handle ? LinuxFolder.TryCreate(handle) : null;

    /// <returns>Null when there is a link on the way, or anything else in it: the ordinary opening then says what.</returns>
    private SafeFileHandle? OpenWithoutLinks(string path, int flags)
    {
        if (!_refusesLinks)
        {
            return null;
        }

        var handle = LinuxCalls.OpenWithoutLinks(path, flags);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        _refusesLinks = Marshal.GetLastPInvokeError() != LinuxCalls.Enosys;
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
        if (!LinuxCalls.TryAsk(handle, "", LinuxCalls.EmptyPath, out var status))
        {
            throw LocalFaults.FromErrno(Marshal.GetLastPInvokeError(), path);
        }

        if (status is { Kind: EntryKind.File, Size: >= WorthAdvising })
        {
            LinuxCalls.WillBeReadInOrder(handle);
        }

        var realPath = hasLinks ? RealPath(handle, path) : Path.TrimEndingDirectorySeparator(path);
        return new OpenedEntry(status.Kind, handle, realPath, status.Size, status.Modified);
    }

    private static string RealPath(SafeFileHandle handle, string path)
    {
        Span<byte> real = stackalloc byte[PathMax];
        var length = LinuxCalls.ReadLink($"/proc/self/fd/{handle.DangerousGetHandle()}", real);
        return length >= 0
            ? Encoding.UTF8.GetString(real[..(int)length])
            : throw LocalFaults.FromErrno(Marshal.GetLastPInvokeError(), path);
    }
}
