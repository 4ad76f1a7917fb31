using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using Egress.Benchmarks.Engine;
using Egress.Zip;
using Egress.Zip.Format;
using Egress.Zip.Names;

namespace Egress.Benchmarks.Micro;

/// <summary>Computes the checksum of 64 KiB with the engine and with a library.</summary>
[MemoryDiagnoser]
public class CrcBenchmarks
{
    private readonly byte[] _content = SampleContent.Random(64 << 10);

    [Benchmark(Baseline = true)]
    public uint SystemIOHashing() => Crc32.HashToUInt32(_content);

    [Benchmark]
    public long SharpZipLib()
    {
        var crc = new ICSharpCode.SharpZipLib.Checksum.Crc32();
        crc.Update(_content);
        return crc.Value;
    }
}

/// <summary>Makes the names of 10,000 entries safe and unique.</summary>
[MemoryDiagnoser]
public class NameBenchmarks
{
    private readonly string[] _safe = [.. Enumerable.Range(0, 10000).Select(i => $"2024/05/photo-{i:00000}.jpg")];
    private readonly string[] _hostile = [.. Enumerable.Range(0, 10000).Select(i => $"..\\C:\\con\\a:b?{i % 100}.txt ")];

    [Benchmark(Baseline = true)]
    public string Safe() => Reserve(_safe);

    [Benchmark]
    public string Hostile() => Reserve(_hostile);

    private static string Reserve(string[] paths)
    {
        var names = new UniqueEntryNames();
        var last = "";
        foreach (var path in paths)
        {
            last = names.Reserve(EntryNames.MakeSafe(path));
        }

        return last;
    }
}

/// <summary>Computes the exact length and the offsets of an archive with 10,000 entries.</summary>
[MemoryDiagnoser]
public class LayoutBenchmarks
{
    private static readonly ZipOptions Options = new();

    private readonly ZipEntry[] _entries =
        [.. Enumerable.Range(0, 10000).Select(i => new ZipEntry { Name = Archive.Name(i), Method = ZipMethod.Stored, Size = 1 << 20 })];

    [Benchmark]
    public long? Length() => ArchiveLayout.Create(_entries, Options).Length;
}
