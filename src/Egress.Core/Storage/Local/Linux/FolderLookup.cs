namespace Egress.Storage.Local.Linux;

/// <summary>Looks up one file after the other, of which many lie in the same folder: each folder is opened once, its files are not.</summary>
/// <remarks>
/// A way to the folder without links is inside the root where its text is (<see cref="LocalPath"/>). Nothing is read here: whoever opens the file
/// afterwards finds out once more whether it may be, and whether it is still the same.
/// </remarks>
/// <param name="root">The folder that nothing is read outside of.</param>
internal sealed class FolderLookup(LocalRoot root) : IDisposable
{
    /// <summary>Longer paths may be beyond what the system takes, which opening them tells.</summary>
    private const int LongestPath = 1024;

    private string? _path;
    private LinuxFolder? _folder;

    /// <returns>Null where the file must be opened to tell.</returns>
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

        return _folder?.TryAsk(path[name..], path)?.ToProperties(location);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();
}
