using Egress.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace Egress.Integration.Tests.Storage.Local;

/// <summary>Flushes to the disk, and records the flushed files and folders.</summary>
internal sealed class FlushLog : DiskFlush
{
    /// <summary>The lengths of the files when they were flushed.</summary>
    public List<long> Lengths { get; } = [];

    /// <summary>The folders that were flushed, each with a name that was in it at that time.</summary>
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
