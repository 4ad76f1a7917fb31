using System.Diagnostics.CodeAnalysis;
using Egress.Backends;
using Egress.Storage.Local.Linux;

namespace Egress.Storage.Local;

/// <summary>The folder that nothing is read outside of.</summary>
/// <param name="path">The root as it was set.</param>
/// <param name="opener">How paths are opened.</param>
internal sealed class LocalRoot(string path, IEntryOpener opener)
{
    private readonly string _path = Path.GetFullPath(path);

    /// <summary>The root after symbolic links. Asked for again when something seems to lie outside: a link may have been turned.</summary>
    private volatile string? _realPath;

    /// <summary>With the way of opening files that fits this system.</summary>
    /// <param name="path">The root as it was set.</param>
    public LocalRoot(string path)
        : this(path, OperatingSystem.IsLinux() ? new LinuxEntryOpener() : new PortableEntryOpener())
    {
    }

    /// <summary>Opens what bucket and key stand for.</summary>
    /// <returns>The entry, which the caller disposes; null when there is none.</returns>
    /// <exception cref="BackendException">
    /// <see cref="BackendFault.Denied"/> when it lies outside the root or may not be read, <see cref="BackendFault.Unavailable"/>
    /// when the root itself is not there or the disk fails.
    /// </exception>
    public OpenedEntry? Open(string bucket, string key, out string fullPath) =>
        TryOpen(bucket, key, out fullPath, out var entry) ? entry : throw LocalFaults.LeadsOutside(fullPath);

    /// <summary>Like <see cref="Open"/>, but tells a link that leads outside by its result.</summary>
    /// <returns>False when a link leads outside the root.</returns>
    public bool TryOpen(string bucket, string key, out string fullPath, out OpenedEntry? entry)
    {
        fullPath = LocalPath.Combine(_path, bucket, key);
        entry = opener.Open(fullPath);
        if (entry is not { } opened)
        {
            Check();
            return true;
        }

        try
        {
            if (LocalPath.IsInside(_realPath ??= Resolve(), opened.RealPath) || LocalPath.IsInside(_realPath = Resolve(), opened.RealPath))
            {
                return true;
            }
        }
        catch (BackendException)
        {
            opened.Dispose();
            throw;
        }

        opened.Dispose();
        return false;
    }

    /// <summary>Full path of what bucket and key stand for, as text.</summary>
    /// <returns>False where it is refused (<see cref="LocalPath.TryCombine"/>).</returns>
    public bool TryPathOf(ObjectLocation location, [NotNullWhen(true)] out string? path) =>
        LocalPath.TryCombine(_path, location.Bucket, location.Key, out path) is null;

    /// <summary>Opens the root or a folder below it, for many questions about what lies in it.</summary>
    /// <returns>Null where that is not offered: each file is opened then.</returns>
    public LinuxFolder? TryOpenFolder(string path) => LocalPath.IsInside(_path, path) ? opener.TryOpenFolder(path) : null;

    /// <summary>Makes sure that the root is there.</summary>
    /// <exception cref="BackendException">It is not, or may not be read.</exception>
    public void Check() => Resolve();

    private string Resolve()
    {
        using var root = opener.Open(_path);
        return root is { Kind: EntryKind.Folder } ? root.Value.RealPath : throw LocalFaults.RootMissing(_path);
    }
}
