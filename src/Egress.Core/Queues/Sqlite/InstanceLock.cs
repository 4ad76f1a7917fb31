namespace Egress.Queues.Sqlite;

/// <summary>
/// A file that shows other processes that this process is running. The operating system keeps it locked until the process ends, even if it crashes.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly FileStream _file;

    private InstanceLock(string name, FileStream file) => (Name, _file) = (name, file);

    /// <summary>The unique name of this process, which is the name of the file.</summary>
    public string Name { get; }

    /// <summary>Creates a new file with a unique name, and locks it.</summary>
    public static InstanceLock Take(string folder)
    {
        var name = Guid.NewGuid().ToString("N");
        return new InstanceLock(name, new FileStream(
            PathOf(folder, name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
    }

    /// <summary>Whether the process with this name has ended.</summary>
    public static bool IsGone(string folder, string name)
    {
        var path = PathOf(folder, name);
        try
        {
            using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
                return true;
            }
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false; // the process still holds the lock
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string PathOf(string folder, string name) => Path.Combine(folder, $"instance-{name}.lock");
}
