using Egress.Storage;
using Egress.Storage.Local;
using Egress.Storage.Local.Files;
using Egress.Storage.Local.Linux;

namespace Egress.Core.Tests.Storage.Local;

/// <summary>A temporary folder with the root of a local storage, and with files outside of the root that must not be readable.</summary>
public sealed class LocalFolder : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("egress-local-");

    public LocalFolder() => Directory.CreateDirectory(Root);

    public string Root => Path.Join(_parent.FullName, "files");

    public string NextTo(string name) => Path.Join(_parent.FullName, name);

    public string At(string path) => Path.Join(Root, path);

    public string Write(string path, string content) => WriteTo(At(path), content);

    public string WriteNextTo(string path, string content) => WriteTo(NextTo(path), content);

    /// <param name="portable">Whether to use the code for systems other than Linux.</param>
    public IObjectStorage Open(bool portable) => Open(Root, portable);

    public static IObjectStorage Open(string root, bool portable) => new LocalStorage(
        new LocalRoot(root, portable || !OperatingSystem.IsLinux() ? new PortableFiles() : new LinuxFiles()));

    public void Dispose() => _parent.Delete(recursive: true);

    private static string WriteTo(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }
}
