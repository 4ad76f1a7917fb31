namespace Egress.Backends;

/// <summary>Creates files for passwords, secrets or URLs, which only their owner can read.</summary>
internal static class PrivateFile
{
    /// <summary>Creates an empty file, and its folder, unless they exist. An existing file is not changed.</summary>
    /// <remarks>
    /// SQLite gives the journal files of a database the permissions of the database file. An existing file is not opened, because closing it would
    /// release the locks that SQLite holds on it in this process.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The process has no permission to create it.</exception>
    public static void Create(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        if (File.Exists(full))
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            new FileStream(full, options).Dispose();
        }
        catch (IOException) when (File.Exists(full))
        {
            // Another process has created the file meanwhile, with the same permissions.
        }
    }
}
