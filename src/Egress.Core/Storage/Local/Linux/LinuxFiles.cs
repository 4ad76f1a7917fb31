using System.Runtime.InteropServices;
using System.Text;
using Egress.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local.Linux;

/// <summary>
/// Accesses files with Linux system calls. It opens a file first and then checks it by its descriptor, so that exactly the checked file is read. With
/// <c>O_NONBLOCK</c>, opening a pipe without a writer does not block; <see cref="File"/> has no such option.
/// </summary>
/// <remarks>
/// If the kernel can refuse symbolic links (<c>openat2</c>, Linux 5.6), a path that was opened that way is the real path. Otherwise the real path must be
/// queried, which costs more than all other steps of opening.
/// </remarks>
internal sealed class LinuxFiles : IFiles
{
    private const int OpenFlags = LinuxCalls.NoTerminal | LinuxCalls.NonBlocking | LinuxCalls.CloseOnExec;
    private const int FolderFlags = LinuxCalls.PathOnly | LinuxCalls.CloseOnExec;
    private const long WorthAdvising = 1 << 20;

    private readonly LocalDevices _devices = new();
    private volatile bool _refusesLinks = true;
    private volatile bool _opensCached = true;
    private volatile bool _readsCached = true;
    private volatile bool _checksAccess = true;

    /// <inheritdoc/>
    public OpenedEntry? Open(string path)
    {
        Span<byte> bytes = stackalloc byte[LinuxCalls.RoomFor(path)];
        if (!RawName.TryWrite(path, bytes))
        {
            return null; // the path exceeds the limit of the system
        }

        if (OpenWithoutLinks(bytes, OpenFlags) is { } direct)
        {
            return Describe(direct, path, hasLinks: false);
        }

        var handle = LinuxCalls.Open(bytes, OpenFlags);
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return LocalFaults.IsMissing(errno) ? null : throw LocalFaults.FromErrno(errno, path);
        }

        return Describe(handle, path, hasLinks: true);
    }

    /// <inheritdoc/>
    public OpenedEntry? TryOpenCached(string path)
    {
        Span<byte> bytes = stackalloc byte[LinuxCalls.RoomFor(path)];
        if (!_opensCached || !_refusesLinks || !_devices.AllLocal || !RawName.TryWrite(path, bytes))
        {
            return null;
        }

        var handle = LinuxCalls.OpenWithoutLinks(bytes, OpenFlags, isCached: true);
        if (!handle.IsInvalid)
        {
            return Describe(handle, path, hasLinks: false);
        }

        // Kernels before Linux 5.12 do not know the flag, and return EINVAL.
        _opensCached = Marshal.GetLastPInvokeError() is not LinuxCalls.Einval;
        handle.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public int TryReadCached(in OpenedEntry file, Memory<byte> buffer, long position)
    {
        if (!file.IsLocal || !_readsCached)
        {
            return 0;
        }

        try
        {
            return (int)LinuxCalls.ReadCached(file.Handle!, buffer, position);
        }
        catch (EntryPointNotFoundException)
        {
            // The C library does not have the function: musl before 1.2.5.
            _readsCached = false;
            return 0;
        }
    }

    /// <inheritdoc/>
    public FileVersion VersionOf(SafeFileHandle handle, string path) => Ask(handle, path).Version;

    /// <summary>Lists the folder through its descriptor, because another folder may have its path by now.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<FolderChild> List(in OpenedEntry folder) => LinuxFolderReader.Read(PathOf(folder.Handle!), folder.Handle!);

    /// <inheritdoc/>
    public IFolderLookup? TryOpenFolder(string path)
    {
        Span<byte> bytes = stackalloc byte[LinuxCalls.RoomFor(path)];
        return _checksAccess && RawName.TryWrite(path, bytes) && OpenWithoutLinks(bytes, FolderFlags) is { } handle
            ? LinuxFolder.TryCreate(handle, _devices, () => _checksAccess = false)
            : null;
    }

    private static string PathOf(SafeFileHandle handle) => $"/proc/self/fd/{handle.DangerousGetHandle()}";

    /// <returns>
    /// The open file or folder; null if a component of the path is a link, or on any error. The caller then opens the path without this restriction, which
    /// reports the cause.
    /// </returns>
    private SafeFileHandle? OpenWithoutLinks(ReadOnlySpan<byte> path, int flags)
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

        // The call is not available: the kernel is old, or the system call filter of the container forbids the call.
        _refusesLinks = Marshal.GetLastPInvokeError() is not (LinuxCalls.Enosys or LinuxCalls.Eperm);
        handle.Dispose();
        return null;
    }

    private OpenedEntry Describe(SafeFileHandle handle, string path, bool hasLinks)
    {
        try
        {
            var status = Ask(handle, path);
            if (status is { Kind: EntryKind.File, Size: >= WorthAdvising })
            {
                LinuxCalls.WillBeReadInOrder(handle);
            }

            return new OpenedEntry(status.Kind, handle, hasLinks ? RealPath(handle, path) : Path.TrimEndingDirectorySeparator(path), status.Version)
            {
                IsLocal = _devices.IsLocal(handle, status),
            };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static FileStatus Ask(SafeFileHandle handle, string path) =>
        LinuxCalls.TryAsk(handle, [0], LinuxCalls.EmptyPath, out var status)
            ? status
            : throw LocalFaults.FromErrno(Marshal.GetLastPInvokeError(), path);

    private static string RealPath(SafeFileHandle handle, string path)
    {
        Span<byte> real = stackalloc byte[LinuxCalls.PathMax];
        var length = LinuxCalls.ReadLink(PathOf(handle), real);
        return length >= 0
            ? Encoding.UTF8.GetString(real[..(int)length])
            : throw LocalFaults.FromErrno(Marshal.GetLastPInvokeError(), path);
    }
}
