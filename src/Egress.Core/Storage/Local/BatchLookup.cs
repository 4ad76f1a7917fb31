using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>Looks up files of which many are in the same folder: opens each folder once, and no file.</summary>
/// <remarks>
/// A path without links is inside the root where its text is (<see cref="LocalPath"/>). Opening the file later checks again whether it may be read, and
/// whether it is still the same.
/// </remarks>
/// <param name="root">The folder that nothing is read outside of.</param>
internal sealed class BatchLookup(LocalRoot root) : IDisposable
{
    /// <summary>Longer paths may be longer than the system allows. Opening them shows that.</summary>
    private const int LongestPath = 1024;

    private string? _path;
    private IFolderLookup? _folder;

    /// <returns>Null where the file must be opened.</returns>
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
