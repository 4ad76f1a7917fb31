using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>Looks up many files of the same folders. Opens each folder once, and no file.</summary>
/// <remarks>
/// A path without symbolic links is inside the root if its text begins with the root (<see cref="LocalPath"/>). When the file is opened later, its permissions
/// and its version are checked again.
/// </remarks>
/// <param name="root">The root folder. Nothing outside of it is read.</param>
internal sealed class BatchLookup(LocalRoot root) : IDisposable
{
    /// <summary>
    /// The length of the longest path, in characters, that is looked up in a batch. Longer paths may exceed the limit of the system, which only opening the
    /// file shows.
    /// </summary>
    private const int LongestPath = 1024;

    private string? _path;
    private IFolderLookup? _folder;

    /// <returns>The properties of the file; null if the file must be opened to find them.</returns>
    public ObjectProperties? TryLookUp(ObjectLocation location)
    {
        if (!root.TryPathOf(location, out var path) || path.Length > LongestPath)
        {
            return null;
        }

        var name = path.LastIndexOf(Path.DirectorySeparatorChar) + 1;
        if (!path.AsSpan(0, name).SequenceEqual(_path))
        {
            _folder?.Dispose();
            _path = path[..name];
            _folder = root.TryOpenFolder(_path);
        }

        return _folder?.TryLookUp(path[name..]) is { } version
            ? new ObjectProperties(location, version.Size) { ETag = version.ETag, Modified = version.Modified }
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();
}
