using Egress.Backends;
using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>
/// Reads objects that are files below a root folder. Bucket and key together are the path. Operating systems open files only synchronously, so each call blocks
/// while it waits for the disk. Therefore <see cref="Threads.OffloadedStorage"/> makes the calls on threads of its own.
/// </summary>
/// <param name="root">The root folder. Nothing outside of it is read.</param>
internal sealed class LocalStorage(LocalRoot root) : IObjectStorage, IBatchLookup, IKeyCheck, ICachedStorage
{
    private readonly LocalListing _listing = new(root);

    /// <inheritdoc/>
    public bool IsRemote => false;

    /// <inheritdoc/>
    public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult(Open(location, range));
        }
        catch (BackendException exception)
        {
            return ValueTask.FromException<OpenedObject?>(exception);
        }
    }

    /// <summary>Opens the file like <see cref="OpenAsync"/>, so that an unreadable file is detected before the first byte is sent.</summary>
    /// <inheritdoc cref="IObjectStorage.LookUpAsync"/>
    public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var entry = OpenFile(location, out _);
            return ValueTask.FromResult(entry?.ToProperties(location));
        }
        catch (BackendException exception)
        {
            return ValueTask.FromException<ObjectProperties?>(exception);
        }
    }

    /// <summary>Looks up files without opening them (<see cref="BatchLookup"/>).</summary>
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var folders = new BatchLookup(root);
        var found = new ObjectProperties?[locations.Count];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = folders.TryLookUp(locations[i]);
        }

        return new(found);
    }

    /// <inheritdoc/>
    public OpenedObject? TryOpen(ObjectLocation location, ObjectRange range) =>
        root.TryOpenCached(location, out var path) is { } entry ? Read(RequireFile(entry, path), path, location, range) : null;

    /// <inheritdoc/>
    public void CheckKey(ObjectLocation location) => root.CheckKey(location);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
        _listing.Enumerate(prefix, cancellationToken).ToAsyncEnumerable();

    private OpenedObject? Open(ObjectLocation location, ObjectRange range) =>
        OpenFile(location, out var path) is { } file ? Read(file, path, location, range) : null;

    /// <summary>Checks the range against an open file, and returns the range as a stream.</summary>
    private OpenedObject Read(OpenedEntry file, string path, ObjectLocation location, ObjectRange range)
    {
        try
        {
            var properties = file.ToProperties(location);
            if (range.IfMatch is { } validator && validator != properties.ETag)
            {
                throw LocalFaults.Changed(path, "was changed since it was looked up");
            }

            if (range.Offset > file.Version.Size)
            {
                throw LocalFaults.Changed(path, $"has {file.Version.Size} bytes, fewer than the offset {range.Offset}");
            }

            var end = range.Offset + Math.Min(range.Length ?? long.MaxValue, file.Version.Size - range.Offset);
            return new OpenedObject(properties, new LocalFileStream(root, file, path, range.Offset, end));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private OpenedEntry? OpenFile(ObjectLocation location, out string path) =>
        root.Open(location.Bucket, location.Key, out path) is { } entry ? RequireFile(entry, path) : null;

    private static OpenedEntry RequireFile(OpenedEntry entry, string path)
    {
        if (entry.Kind == EntryKind.File)
        {
            return entry;
        }

        entry.Dispose();
        throw LocalFaults.NoRegularFile(path);
    }
}
