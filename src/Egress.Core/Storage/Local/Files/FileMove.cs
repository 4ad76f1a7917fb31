using Egress.Storage.Local.Linux;

namespace Egress.Storage.Local.Files;

/// <summary>Moves files within a file system.</summary>
internal static class FileMove
{
    /// <summary>
    /// Moves a file to a place where nothing is. On Linux <see cref="File.Move(string, string)"/> looks first and then replaces what appeared meanwhile, so
    /// the system does both in one step here, where the file system can.
    /// </summary>
    /// <returns>False if something is there.</returns>
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
