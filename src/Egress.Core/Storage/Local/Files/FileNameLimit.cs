using System.Text;

namespace Egress.Storage.Local.Files;

/// <summary>
/// Determines whether names are too long for a file system. Most file systems limit names to 255 bytes, but some count characters. Therefore the file system
/// itself is queried with the name, which does not have to exist.
/// </summary>
internal static class FileNameLimit
{
    private const int Usual = 255;

    /// <summary>Checks whether the file system of a folder accepts the length of each name in a path and the length of the whole path.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <param name="path">The path relative to the folder, with slashes between its names.</param>
    /// <returns>The reason why the path is too long; null if it is not.</returns>
    public static string? FindTooLong(string folder, string path)
    {
        if (Encoding.UTF8.GetByteCount(path) <= Usual)
        {
            return null;
        }

        foreach (var name in path.Split('/'))
        {
            if (Encoding.UTF8.GetByteCount(name) is > Usual and var length && IsTooLong(Path.Join(folder, name)))
            {
                return $"has a name of {length} bytes, '{name}', which is longer than the file system takes: {Usual} bytes on most";
            }
        }

        return IsTooLong(Path.Join(folder, path)) ? "is longer than the path of a file may be" : null;
    }

    private static bool IsTooLong(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return false; // the base library cannot query a name with bytes that are not UTF-8
        }

        try
        {
            File.GetAttributes(path);
        }
        catch (PathTooLongException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // the name does not exist, or a later call reports the fault
        }

        return false;
    }
}
