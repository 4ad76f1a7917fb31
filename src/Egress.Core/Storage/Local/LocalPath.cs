using Egress.Backends;

namespace Egress.Storage.Local;

/// <summary>Puts bucket and key below the root, as text. Links are judged after opening by <see cref="LocalStorage"/>.</summary>
internal static class LocalPath
{
    /// <returns>The full path, without <c>.</c>, <c>..</c> or doubled separators.</returns>
    /// <exception cref="BackendException"><see cref="BackendFault.Denied"/>: the path leaves the root, or no file can have such a name.</exception>
    public static string Combine(string root, string bucket, string key) =>
        TryCombine(root, bucket, key, out var path) is { } refusal ? throw LocalFaults.Refused(bucket, key, refusal) : path!;

    /// <summary>Like <see cref="Combine"/>, without an exception.</summary>
    /// <returns>Why it is refused; null when it is not, and then there is a path.</returns>
    public static string? TryCombine(string root, string bucket, string key, out string? path)
    {
        path = null;

        // A colon would name a drive or an alternate stream on Windows.
        if (key.Contains('\0') || bucket.Contains('\0') || (OperatingSystem.IsWindows() && (key.Contains(':') || bucket.Contains(':'))))
        {
            return "has a character that no file name can hold";
        }

        // Joined as text: unlike Path.Combine, an absolute bucket or key does not replace what stands before it.
        path = Path.GetFullPath(Path.Join(root, bucket, key));
        return IsInside(root, path) ? null : "lies outside the storage root";
    }

    /// <summary>Whether a path is the root or below it. Both are full paths; <c>/mnt/files-secret</c> is not below <c>/mnt/files</c>.</summary>
    public static bool IsInside(string root, string path)
    {
        var folder = Path.TrimEndingDirectorySeparator(root.AsSpan());
        return path.AsSpan().StartsWith(folder, StringComparison.Ordinal)
            && (path.Length == folder.Length
                || Path.EndsInDirectorySeparator(folder) // "/" and "C:\" keep theirs
                || path[folder.Length] == Path.DirectorySeparatorChar);
    }
}
