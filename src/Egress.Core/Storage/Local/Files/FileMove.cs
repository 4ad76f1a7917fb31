using Egress.Storage.Local.Linux;

namespace Egress.Storage.Local.Files;

/// <summary>Moves files within a file system.</summary>
internal static class FileMove
{
    /// <summary>
    /// Moves a file without replacing another one. On Linux <see cref="File.Move(string, string)"/> checks first, and would replace a file that is created
    /// between the check and the move. This method makes the system check and move in one step, if the file system supports that.
    /// </summary>
    /// <returns>False if the destination exists.</returns>
    /// <exception cref="IOException">The file was not moved.</exception>
    public static bool TryMove(string path, string destination)
    {
        if (OperatingSystem.IsLinux() && LinuxCalls.TryRename(path, destination) is { } isMoved)
        {
            return isMoved;
        }

        try
        {
            File.Move(path, destination);
            return true;
        }
        catch (IOException) when (Path.Exists(destination))
        {
            return false;
        }
    }
}
