using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Egress.TestKit;

/// <summary>A temporary folder, which is deleted when it is disposed or at the latest when the process exits.</summary>
public sealed class TempFolder : IAsyncDisposable
{
    private const string Prefix = "egress-test-";

    private static readonly ConcurrentDictionary<string, bool> Live = [];

    static TempFolder()
    {
        TestRunCleanup.Arm();
        SweepAbandoned();
    }

    /// <summary>Creates an empty folder in the system's folder for temporary files.</summary>
    public TempFolder()
    {
        string name = $"{Prefix}{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, true)}";
        Path = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), name)).FullName;
        Live.TryAdd(Path, true);
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Path { get; }

    /// <summary>Returns the absolute path of a file or folder in the temporary folder.</summary>
    public string this[string relativePath] => System.IO.Path.Combine(Path, relativePath);

    /// <summary>Writes a file, and creates its parent folders.</summary>
    /// <returns>The absolute path of the file.</returns>
    public async Task<string> WriteAsync(string relativePath, ReadOnlyMemory<byte> content)
    {
        string path = this[relativePath];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, content);
        return path;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (Live.TryRemove(Path, out _))
        {
            Delete(Path);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Deletes every temporary folder that still exists.</summary>
    internal static void DeleteAll() => Parallel.ForEach(Live.Keys, Delete);

    // Deletes the folders of killed processes, which are those whose process id no longer exists. Folders younger than an hour are kept, because
    // their process may run in another process namespace.
    private static void SweepAbandoned()
    {
        foreach (string path in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            string pid = System.IO.Path.GetFileName(path)[Prefix.Length..].Split('-')[0];
            bool old = Directory.GetLastWriteTimeUtc(path) < DateTime.UtcNow.AddHours(-1);
            if (old && OperatingSystem.IsLinux() && !Directory.Exists($"/proc/{pid}"))
            {
                Delete(path);
            }
        }
    }

    private static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test or another process has deleted the folder.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is still in use or belongs to another user. A later run deletes it.
        }
    }
}
