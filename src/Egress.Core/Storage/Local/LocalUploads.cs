using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>
/// Uploads to the disk. An upload is a hidden file in the closest existing folder of the destination, which is renamed to the destination on completion. The
/// calls block while they wait for the disk, so they run on the thread pool. Each call flushes its data before it returns, so that a crash does not lose parts
/// that were recorded as written.
/// </summary>
/// <param name="root">The root folder. Nothing outside of it is written.</param>
/// <param name="flush">Flushes written data to the disk.</param>
internal sealed class LocalUploads(LocalRoot root, DiskFlush flush) : IObjectUploads
{
    private const string Ending = ".egress-upload";

    private readonly UploadFolders _folders = new(root, flush);

    /// <summary>The disk has no limits of its own, because a file has no parts.</summary>
    public UploadLimits Limits => new(1, 1_000_000);

    /// <summary>Whether a file name is that of an incomplete upload, and not of an object.</summary>
    public static bool IsUnfinished(string name) => name.StartsWith('.') && name.EndsWith(Ending, StringComparison.Ordinal);

    /// <inheritdoc/>
    public ValueTask<ObjectUpload> BeginAsync(ObjectLocation destination, CancellationToken cancellationToken) => RunAsync(destination, () =>
    {
        root.CheckPath(destination);
        if (destination.Key is "" or [.., '/'])
        {
            throw LocalFaults.NoFileName(destination.Bucket, destination.Key);
        }

        if (destination.Key.Contains('\0', StringComparison.Ordinal))
        {
            throw LocalFaults.NotWritable(destination.Bucket, destination.Key, "has bytes that are not UTF-8");
        }

        var folder = _folders.FindClosest(destination, out var realPath);
        var name = $"{Start(destination)}{RandomNumberGenerator.GetHexString(16, lowercase: true)}{Ending}";
        File.OpenHandle(Path.Join(realPath, name), FileMode.CreateNew, FileAccess.Write).Dispose();
        flush.FlushFolder(realPath);
        return new ObjectUpload(destination, folder + name);
    }, cancellationToken);

    /// <summary>
    /// Writes the part at its offset in the file. Its tag is the offset of its end, so the tag of the last part is the expected length of the file.
    /// </summary>
    /// <inheritdoc/>
    public ValueTask<UploadedPart> PutPartAsync(
        ObjectUpload upload, PartPlace place, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        RunAsync(upload.Destination, () =>
        {
            using var file = File.OpenHandle(RequireUpload(upload), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, content.Span, place.Offset);
            flush.FlushFile(file);
            return new UploadedPart(place.Number, EndTag(place.Offset + content.Length));
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(
        ObjectUpload upload, IReadOnlyList<UploadedPart> parts, bool overwrites, CancellationToken cancellationToken) =>
        RunAsync(upload.Destination, () =>
        {
            var path = RequireUpload(upload);
            CheckLength(path, upload.Destination, parts is [.., var last] ? last.Tag : EndTag(0));
            var destination = _folders.Create(upload.Destination);
            if (overwrites)
            {
                File.Move(path, destination, overwrite: true);
            }
            else if (!FileMove.TryMove(path, destination))
            {
                return false;
            }

            flush.FlushFolder(Path.GetDirectoryName(destination)!);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Uri?> LinkAsync(ObjectLocation location, string fileName, TimeSpan lifetime, CancellationToken cancellationToken) => new((Uri?)null);

    /// <summary>
    /// Returns true if the file of the upload does not exist any more and the destination exists. The destination is then the renamed file, unless another file
    /// was written there meanwhile.
    /// </summary>
    /// <inheritdoc/>
    public ValueTask<bool> IsFromAsync(ObjectUpload upload, CancellationToken cancellationToken) => RunAsync(upload.Destination, () =>
    {
        using var found = root.Open(upload.Destination.Bucket, upload.Destination.Key, out _);
        return found is not null && FindUpload(upload) is null;
    }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortLostAsync(
        ObjectLocation destination, DateTimeOffset since, string? except, Func<CancellationToken, ValueTask<bool>> mayAbort, CancellationToken cancellationToken)
    {
        var found = await RunAsync(destination, () => FindLost(destination, since, except), cancellationToken);
        if (found.Count > 0 && await mayAbort(cancellationToken))
        {
            await RunAsync(destination, () => Delete(found), cancellationToken);
        }
    }

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
        catch (Exception exception) when (LocalFaults.IsOfWriting(exception))
        {
            throw LocalFaults.NotWritten(exception, destination.Bucket, destination.Key);
        }
    }

    /// <summary>Returns the prefix that the file names of all uploads to a destination share.</summary>
    private static string Start(ObjectLocation destination) =>
        $".{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{destination.Bucket}\0{destination.Key}")):x16}-";

    private static string EndTag(long end) => end.ToString(CultureInfo.InvariantCulture);

    /// <summary>Throws if the length of an upload's file differs from that of its parts. Then its end was lost, or another program wrote to it.</summary>
    private static void CheckLength(string path, ObjectLocation destination, string end)
    {
        var length = EndTag(new FileInfo(path).Length);
        if (length != end)
        {
            throw LocalFaults.NotAsLong(destination.Bucket, destination.Key, length, end);
        }
    }

    private List<string> FindLost(ObjectLocation destination, DateTimeOffset since, string? except) =>
    [
        .. _folders.FindAll(destination)
            .SelectMany(folder => Directory.EnumerateFiles(folder.RealPath, $"{Start(destination)}*{Ending}"))
            .Where(path => Path.GetFileName(path) != Path.GetFileName(except) && File.GetLastWriteTimeUtc(path) >= since.UtcDateTime),
    ];

    private static bool Delete(List<string> paths)
    {
        paths.ForEach(File.Delete);
        return true;
    }

    private string RequireUpload(ObjectUpload upload) =>
        FindUpload(upload) ?? throw LocalFaults.UploadMissing(upload.Destination.Bucket, upload.Destination.Key);

    private string? FindUpload(ObjectUpload upload)
    {
        using var entry = root.Open(upload.Destination.Bucket, upload.Id, out _);
        return entry?.RealPath;
    }
}
