using BenchmarkDotNet.Attributes;
using Egress.Benchmarks.Engine;

namespace Egress.Benchmarks.Micro;

/// <summary>Measures the time and the allocations for the same archive with each library.</summary>
[MemoryDiagnoser]
public abstract class ArchiveBenchmarks
{
    private readonly Archive _archive;

    private protected ArchiveBenchmarks(Archive archive) => _archive = archive;

    [Benchmark(Baseline = true)]
    public Task<long> Egress() => ArchiveWriters.EgressAsync(_archive);

    [Benchmark]
    public long SharpZipLib() => ArchiveWriters.SharpZipLib(_archive);
}

/// <summary>Adds the libraries that do not support encryption.</summary>
public abstract class PlainArchiveBenchmarks : ArchiveBenchmarks
{
    private readonly Archive _archive;

    private protected PlainArchiveBenchmarks(Archive archive)
        : base(archive) => _archive = archive;

    [Benchmark]
    public long SharpCompress() => ArchiveWriters.SharpCompress(_archive);

    [Benchmark]
    public long ZipArchive() => ArchiveWriters.ZipArchive(_archive);
}

/// <summary>An archive with one stored file of 16 MiB.</summary>
public class StoreLargeBenchmarks() : PlainArchiveBenchmarks(new(SampleContent.Random(16 << 20), 1));

/// <summary>An archive with 1,000 stored files of 4 KiB.</summary>
public class StoreSmallBenchmarks() : PlainArchiveBenchmarks(new(SampleContent.Random(4 << 10), 1000));

/// <summary>An archive with 1 MiB of text, compressed at level 6.</summary>
public class DeflateBenchmarks() : PlainArchiveBenchmarks(new(SampleContent.Text(1 << 20), 1, Level: 6));

/// <summary>An archive with 4 MiB, stored and encrypted.</summary>
public class AesStoreBenchmarks() : ArchiveBenchmarks(new(SampleContent.Random(4 << 20), 1, Password: "secret"));
