using System.Diagnostics.CodeAnalysis;
using Egress.Backends;
using Egress.Storage.Local.Files;
using Egress.Storage.Local.Linux;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>The root folder of the local storage. Nothing outside of it is read.</summary>
/// <param name="path">The root, as set by the operator.</param>
/// <param name="files">Access to the files of the operating system.</param>
internal sealed class LocalRoot(string path, IFiles files)
{
    private readonly string _path = Path.GetFullPath(path);

    /// <summary>
    /// The path of the root with all symbolic links resolved; null before its first use. It is resolved again when an opened path seems to be outside of it,
    /// because a link may have changed.
    /// </summary>
    private volatile string? _realPath;

    /// <summary>Creates the root with the file access of this operating system.</summary>
    /// <param name="path">The root, as set by the operator.</param>
    public LocalRoot(string path)
        : this(path, OperatingSystem.IsLinux() && Environment.Is64BitProcess ? new LinuxFiles() : new PortableFiles())
    {
    }

    /// <summary>Opens the file or folder of a bucket and a key.</summary>
    /// <returns>The entry, which the caller disposes; null if it does not exist.</returns>
    /// <exception cref="BackendException">
    /// <see cref="BackendFault.Denied"/> if the entry is outside of the root or may not be read; <see cref="BackendFault.Unavailable"/> if the root
    /// does not exist or the disk fails.
    /// </exception>
    public OpenedEntry? Open(string bucket, string key, out string fullPath)
    {
        var entry = Open(bucket, key, out fullPath, out var isOutside);
        if (isOutside)
        {
            entry?.Dispose();
            throw LocalFaults.LeadsOutside(fullPath);
        }

        return entry;
    }

    /// <summary>
    /// Like <see cref="Open(string, string, out string)"/>, but also returns an entry outside of the root to which a link points. The caller must not read such
    /// an entry.
    /// </summary>
    public OpenedEntry? Open(string bucket, string key, out string fullPath, out bool isOutside)
    {
        fullPath = LocalPath.Combine(_path, bucket, key);
        isOutside = false;
        if (files.Open(fullPath) is not { } opened)
        {
            Check();
            return null;
        }

        try
        {
            isOutside = !LocalPath.IsInside(_realPath ??= Resolve(), opened.RealPath)
                && !LocalPath.IsInside(_realPath = Resolve(), opened.RealPath);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Like <see cref="Open(string, string, out string)"/>, but does not wait for the disk.</summary>
    /// <returns>The entry, which the caller disposes; null if <see cref="Open(string, string, out string)"/> is needed.</returns>
    public OpenedEntry? TryOpenCached(ObjectLocation location, out string fullPath)
    {
        fullPath = LocalPath.Combine(_path, location.Bucket, location.Key);
        if (_realPath is not { } realPath || files.TryOpenCached(fullPath) is not { } opened)
        {
            return null;
        }

        if (LocalPath.IsInside(realPath, opened.RealPath))
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Returns the full path of a bucket and a key, without access to the disk.</summary>
    /// <returns>False if the path is refused (<see cref="LocalPath.TryCombine"/>).</returns>
    public bool TryPathOf(ObjectLocation location, [NotNullWhen(true)] out string? path) =>
        LocalPath.TryCombine(_path, location.Bucket, location.Key, out path) is null;

    /// <summary>Checks the path of a bucket and a key, without access to the disk.</summary>
    /// <exception cref="BackendException">The path is refused (<see cref="LocalPath.TryCombine"/>).</exception>
    public void CheckPath(ObjectLocation location) => LocalPath.Combine(_path, location.Bucket, location.Key);

    /// <summary>Checks the path of a bucket and a key. The disk is queried only for names that are longer than usual.</summary>
    /// <exception cref="BackendException">
    /// The path is refused (<see cref="LocalPath.TryCombine"/>), or a name is longer than the file system allows.
    /// </exception>
    public void CheckKey(ObjectLocation location)
    {
        CheckPath(location);
        if (FileNameLimit.FindTooLong(LocalPath.Combine(_path, location.Bucket, ""), location.Key) is { } refusal)
        {
            throw LocalFaults.Refused(location.Bucket, location.Key, refusal);
        }
    }

    /// <summary>Whether an entry was opened without following a symbolic link below the root.</summary>
    public bool IsWithoutLinks(in OpenedEntry entry, ObjectLocation location) =>
        IsAt(entry, _realPath ??= Resolve(), location) || IsAt(entry, _realPath = Resolve(), location);

    /// <summary>Opens the root or a folder below it, to look up many of its files.</summary>
    /// <returns>The folder; null if the system does not support that, so that each file must be opened.</returns>
    public IFolderLookup? TryOpenFolder(string path) => LocalPath.IsInside(_path, path) ? files.TryOpenFolder(path) : null;

    /// <inheritdoc cref="IFiles.TryReadCached"/>
    public int TryReadCached(in OpenedEntry file, Memory<byte> buffer, long position) => files.TryReadCached(file, buffer, position);

    /// <inheritdoc cref="IFiles.VersionOf"/>
    public FileVersion VersionOf(SafeFileHandle handle, string path) => files.VersionOf(handle, path);

    /// <inheritdoc cref="IFiles.List"/>
    public IReadOnlyList<FolderChild> List(in OpenedEntry folder) => files.List(folder);

    /// <summary>Throws if the root does not exist.</summary>
    /// <exception cref="BackendException">The root does not exist, or may not be read.</exception>
    public void Check() => Resolve();

    private static bool IsAt(in OpenedEntry entry, string root, ObjectLocation location) =>
        Path.TrimEndingDirectorySeparator(LocalPath.Combine(root, location.Bucket, location.Key)) == entry.RealPath;

    private string Resolve()
    {
        using var root = files.Open(_path);
        return root is { Kind: EntryKind.Folder } ? root.Value.RealPath : throw LocalFaults.RootMissing(_path);
    }
}
