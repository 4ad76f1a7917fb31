using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>
/// Uploads to the disk: a hidden file in the closest folder that exists, which becomes the object by a rename. The calls block as long as the disk
/// does, so they run on the thread pool.
/// </summary>
/// <param name="root">The folder that nothing is written outside of.</param>
internal sealed class LocalUploads(LocalRoot root) : IObjectUploads
{
    private const string Ending = ".egress-upload";

    /// <summary>A file has no parts: the limits are those of the numbers.</summary>
    public UploadLimits Limits => new(1, 1_000_000);

    /// <summary>Whether a file is an upload that is not completed, and not an object.</summary>
    public static bool IsUnfinished(string name) => name.StartsWith('.') && name.EndsWith(Ending, StringComparison.Ordinal);

    /// <inheritdoc/>
    public ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken) => RunAsync(destination, () =>
    {
        root.CheckPath(destination);
        if (destination.Key is "" or [.., '/'])
        {
            throw LocalFaults.NoFileName(destination.Bucket, destination.Key);
        }

        var folder = ClosestFolder(destination, out var realPath);
        var name = $"{Start(destination)}{RandomNumberGenerator.GetHexString(16, lowercase: true)}{Ending}";
        File.OpenHandle(Path.Join(realPath, name), FileMode.CreateNew, FileAccess.Write).Dispose();
        return new ObjectUpload(destination, folder + name);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UploadedPart> PutPartAsync(
        ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        RunAsync(upload.Destination, () =>
        {
            using var file = File.OpenHandle(RequireUpload(upload), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, content.Span, place.Offset);
            return new UploadedPart(place.Number, "");
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken) =>
        RunAsync(upload.Destination, () =>
        {
            var path = RequireUpload(upload);
            using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
            {
                RandomAccess.FlushToDisk(file);
            }

            var destination = CreateFolder(upload.Destination);
            if (!overwrites)
            {
                return FileMove.TryMove(path, destination);
            }

            File.Move(path, destination, overwrite: true);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken) => new((Uri?)null);

    /// <summary>The upload is gone, and its file is the one that is at the destination now, if nothing else was written there meanwhile.</summary>
    /// <inheritdoc/>
    public ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken) => RunAsync(upload.Destination, () =>
    {
        using var found = root.Open(upload.Destination.Bucket, upload.Destination.Key, out _);
        return found is not null && FindUpload(upload) is null;
    }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortLostAsync(ObjectLocation destination, DateTimeOffset since, string? except, CancellationToken cancellationToken) =>
        await RunAsync(destination, () =>
        {
            var folder = ClosestFolder(destination, out var realPath);
            foreach (var path in Directory.EnumerateFiles(realPath, $"{Start(destination)}*{Ending}"))
            {
                if (folder + Path.GetFileName(path) != except && File.GetLastWriteTimeUtc(path) >= since.UtcDateTime)
                {
                    File.Delete(path);
                }
            }

            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortAsync(ObjectUpload upload, CancellationToken cancellationToken) =>
        await RunAsync(upload.Destination, () =>
        {
            if (FindUpload(upload) is { } path)
            {
                File.Delete(path);
            }

            return true;
        }, cancellationToken);

    private static async ValueTask<T> RunAsync<T>(ObjectLocation destination, Func<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(call, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalFaults.NotWritten(exception, destination.Bucket, destination.Key);
        }
    }

    /// <summary>The start of the names of all uploads to a destination.</summary>
    private static string Start(ObjectLocation destination) =>
        $".{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{destination.Bucket}\0{destination.Key}")):x16}-";

    private string RequireUpload(ObjectUpload upload) =>
        FindUpload(upload) ?? throw LocalFaults.UploadMissing(upload.Destination.Bucket, upload.Destination.Key);

    private string? FindUpload(ObjectUpload upload)
    {
        using var entry = root.Open(upload.Destination.Bucket, upload.Id, out _);
        return entry?.RealPath;
    }

    /// <summary>The folder of the destination, or the closest one above it that exists.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="realPath">Its path after every symbolic link.</param>
    /// <returns>Its key in the bucket: empty, or with a slash at the end.</returns>
    private string ClosestFolder(ObjectLocation destination, out string realPath)
    {
        var folder = destination.Key;
        do
        {
            folder = folder[..(folder.TrimEnd('/').LastIndexOf('/') + 1)];
            using var entry = root.Open(destination.Bucket, folder.TrimEnd('/'), out var path);
            if (entry is { } found)
            {
                realPath = found.Kind == EntryKind.Folder ? found.RealPath : throw LocalFaults.NoFolder(path);
                return folder;
            }
        }
        while (folder.Length > 0);
        throw LocalFaults.BucketMissing(destination.Bucket);
    }

    /// <summary>Creates the folder of the destination below the closest one that is inside the root.</summary>
    /// <returns>The real path of the destination.</returns>
    private string CreateFolder(ObjectLocation destination)
    {
        var existing = ClosestFolder(destination, out var realPath);
        var end = destination.Key.LastIndexOf('/') + 1;
        root.CheckPath(new ObjectLocation(destination.Bucket, destination.Key[..end]));
        if (end > existing.Length)
        {
            Directory.CreateDirectory(Path.Join(realPath, destination.Key[existing.Length..end]));
            ClosestFolder(destination, out realPath);
        }

        return Path.Join(realPath, destination.Key[end..]);
    }
}
