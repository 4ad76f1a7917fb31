using Egress.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace Egress.Integration.Tests.Storage.Local;

/// <summary>Flushes files and folders to the disk, and records them.</summary>
internal sealed class FlushLog : DiskFlush
{
    /// <summary>The length of each file when it was flushed.</summary>
    public List<long> Lengths { get; } = [];

    /// <summary>The flushed folders, each with a file name that it contained at that time.</summary>
    public List<(string Folder, string Name)> Names { get; } = [];

    public override void FlushFile(SafeFileHandle file)
    {
        base.FlushFile(file);
        lock (Lengths)
        {
            Lengths.Add(RandomAccess.GetLength(file));
        }
    }

    public override void FlushFolder(string path)
    {
        base.FlushFolder(path);
        lock (Names)
        {
            Names.AddRange(Directory.EnumerateFileSystemEntries(path).Select(name => (Path.GetFileName(path), Path.GetFileName(name))));
        }
    }
}
