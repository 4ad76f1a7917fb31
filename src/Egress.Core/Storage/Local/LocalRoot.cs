using System.Diagnostics.CodeAnalysis;
using Egress.Backends;
using Egress.Storage.Local.Files;
using Egress.Storage.Local.Linux;
using Microsoft.Win32.SafeHandles;

namespace Egress.Storage.Local;

/// <summary>The folder that nothing is read outside of.</summary>
/// <param name="path">The root as it was set.</param>
/// <param name="files">The files of the system.</param>
internal sealed class LocalRoot(string path, IFiles files)
{
    private readonly string _path = Path.GetFullPath(path);

    /// <summary>The root after symbolic links. Resolved again when a path seems to be outside: a link may have been changed.</summary>
    private volatile string? _realPath;

    /// <summary>With the files of this system.</summary>
    /// <param name="path">The root as it was set.</param>
    public LocalRoot(string path)
        : this(path, OperatingSystem.IsLinux() && Environment.Is64BitProcess ? new LinuxFiles() : new PortableFiles())
    {
    }

    /// <summary>Opens what bucket and key stand for.</summary>
    /// <returns>The entry, which the caller disposes; null when there is none.</returns>
    /// <exception cref="BackendException">
    /// <see cref="BackendFault.Denied"/> when it lies outside the root or may not be read, <see cref="BackendFault.Unavailable"/>
    /// when the root itself does not exist or the disk fails.
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

    /// <summary>Like <see cref="Open(string, string, out string)"/>, but also returns what a link leads to outside the root, which must not be read.</summary>
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

    /// <summary>Like <see cref="Open(string, string, out string)"/>, without waiting for the disk.</summary>
    /// <returns>The entry, which the caller disposes; null where <see cref="Open(string, string, out string)"/> is needed.</returns>
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

    /// <summary>Full path of what bucket and key stand for, as text.</summary>
    /// <returns>False where it is refused (<see cref="LocalPath.TryCombine"/>).</returns>
    public bool TryPathOf(ObjectLocation location, [NotNullWhen(true)] out string? path) =>
        LocalPath.TryCombine(_path, location.Bucket, location.Key, out path) is null;

    /// <summary>Checks the text of bucket and key, without the disk.</summary>
    /// <exception cref="BackendException">It is refused (<see cref="LocalPath.TryCombine"/>).</exception>
    public void CheckPath(ObjectLocation location) => LocalPath.Combine(_path, location.Bucket, location.Key);

    /// <summary>Checks bucket and key. The disk is only asked about names that are longer than usual.</summary>
    /// <exception cref="BackendException">They are refused (<see cref="LocalPath.TryCombine"/>), or a name is longer than the file system takes.</exception>
    public void CheckKey(ObjectLocation location)
    {
        CheckPath(location);
        if (FileNameLimit.FindTooLong(LocalPath.Combine(_path, location.Bucket, ""), location.Key) is { } refusal)
        {
            throw LocalFaults.Refused(location.Bucket, location.Key, refusal);
        }
    }

    /// <summary>Whether an open entry is where bucket and key say, without a symbolic link below the root.</summary>
    public bool IsWithoutLinks(in OpenedEntry entry, ObjectLocation location) =>
        IsAt(entry, _realPath ??= Resolve(), location) || IsAt(entry, _realPath = Resolve(), location);

    /// <summary>Opens the root or a folder below it, to look up many of its files.</summary>
    /// <returns>Null where that is not offered: each file is opened then.</returns>
    public IFolderLookup? TryOpenFolder(string path) => LocalPath.IsInside(_path, path) ? files.TryOpenFolder(path) : null;

    /// <inheritdoc cref="IFiles.TryReadCached"/>
    public int TryReadCached(in OpenedEntry file, Memory<byte> buffer, long position) => files.TryReadCached(file, buffer, position);

    /// <inheritdoc cref="IFiles.VersionOf"/>
    public FileVersion VersionOf(SafeFileHandle handle, string path) => files.VersionOf(handle, path);

    /// <inheritdoc cref="IFiles.List"/>
    public IReadOnlyList<FolderChild> List(in OpenedEntry folder) => files.List(folder);

    /// <summary>Makes sure that the root exists.</summary>
    /// <exception cref="BackendException">It does not, or may not be read.</exception>
    public void Check() => Resolve();

    private static bool IsAt(in OpenedEntry entry, string root, ObjectLocation location) =>
        Path.TrimEndingDirectorySeparator(LocalPath.Combine(root, location.Bucket, location.Key)) == entry.RealPath;

    private string Resolve()
    {
        using var root = files.Open(_path);
        return root is { Kind: EntryKind.Folder } ? root.Value.RealPath : throw LocalFaults.RootMissing(_path);
    }
}
