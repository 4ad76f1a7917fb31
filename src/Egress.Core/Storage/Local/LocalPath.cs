using Egress.Backends;
using Egress.Storage.Local.Files;

namespace Egress.Storage.Local;

/// <summary>
/// Combines root, bucket and key into a path, without access to the disk. <see cref="LocalRoot"/> checks symbolic links after it has opened the path.
/// </summary>
internal static class LocalPath
{
    /// <returns>The full path, without <c>.</c>, <c>..</c> or doubled slashes.</returns>
    /// <exception cref="BackendException"><see cref="BackendFault.Denied"/>: the path is outside of the root or the bucket, or no file can have such
    /// a name.</exception>
    public static string Combine(string root, string bucket, string key) =>
        TryCombine(root, bucket, key, out var path) is { } refusal ? throw LocalFaults.Refused(bucket, key, refusal) : path!;

    /// <summary>Like <see cref="Combine"/>, but does not throw.</summary>
    /// <returns>The reason why the path is refused; null if it is not refused.</returns>
    public static string? TryCombine(string root, string bucket, string key, out string? path)
    {
        path = null;
        if (!RawName.IsValid(key) || !RawName.IsValid(bucket) || (OperatingSystem.IsWindows() && !(IsNameOnWindows(key) && IsNameOnWindows(bucket))))
        {
            return "has a character that no file name can hold";
        }

        if (TryAppend(Path.TrimEndingDirectorySeparator(root), bucket) is not { } folder)
        {
            return "lies outside the storage root";
        }

        path = TryAppend(Path.TrimEndingDirectorySeparator(folder), key);
        return path is null ? "lies outside its bucket" : null;
    }

    /// <summary>Whether a path is the root or below it. Both are full paths; <c>/mnt/files-secret</c> is not below <c>/mnt/files</c>.</summary>
    public static bool IsInside(string root, string path)
    {
        var folder = Path.TrimEndingDirectorySeparator(root.AsSpan());
        return path.AsSpan().StartsWith(folder, StringComparison.Ordinal)
            && (path.Length == folder.Length
                || Path.EndsInDirectorySeparator(folder) // "/" and "C:\" already end with a separator
                || path[folder.Length] == Path.DirectorySeparatorChar);
    }

    /// <summary>Appends a relative path to a folder. A path that starts with a slash is relative as well.</summary>
    /// <returns>The combined path; null if the relative path leaves the folder, even if it returns into it.</returns>
    private static string? TryAppend(string folder, string relative)
    {
        if (relative.Length == 0)
        {
            return folder;
        }

        var start = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        return IsNormal(relative) ? WithSeparators(start, relative) : TryNormalize(relative) is { } normal ? WithSeparators(start, normal) : null;
    }

    private static bool IsNormal(string path) => path[0] is not ('/' or '.') && !path.Contains("//", StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal);

    private static string? TryNormalize(string path)
    {
        var names = new List<string>();
        foreach (var name in path.Split('/'))
        {
            if (name == "..")
            {
                if (names.Count == 0)
                {
                    return null;
                }

                names.RemoveAt(names.Count - 1);
            }
            else if (name is not ("" or "."))
            {
                names.Add(name);
            }
        }

        return string.Join('/', names) + (path.EndsWith('/') && names.Count > 0 ? "/" : "");
    }

    private static string WithSeparators(string start, string relative) =>
        start + (Path.DirectorySeparatorChar == '/' ? relative : relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>
    /// Whether Windows uses a path unchanged. Windows removes dots and spaces at the ends of names, and treats a colon as part of a drive or a stream.
    /// </summary>
    private static bool IsNameOnWindows(string path) => !path.Contains(':') && !path.Contains('\\')
        && !Array.Exists(path.Split('/'), static name => name is not ("." or "..") && name is [.., '.' or ' ']);
}
