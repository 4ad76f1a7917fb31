using Egress.Queues.AzureQueue;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>Destinations and limits of exports (<c>EXPORT_*</c>).</summary>
public sealed record ExportOptions
{
    /// <summary>The smallest part in bytes, which is the limit of S3.</summary>
    internal const long LeastPartSize = 5L << 20;

    /// <summary>The largest part in bytes. A part is held in memory.</summary>
    internal const long MostPartSize = 256L << 20;

    /// <summary>Buckets to which exports may be written; empty for no exports.</summary>
    public IReadOnlyList<string> Buckets { get; init; } = [];

    /// <summary>
    /// The default part size in bytes. It is small, so that many parts are uploaded at once in little memory. With 5 MiB, the smallest part that S3
    /// accepts, a part could not be shortened to end at the end of a file.
    /// </summary>
    public long PartSize { get; init; } = 6L << 20;

    /// <summary>The number of parts that one process builds at the same time. Each is held in memory.</summary>
    public int Concurrency { get; init; } = 20;

    /// <summary>Lifetime of the link to the archive of a finished export.</summary>
    public TimeSpan LinkLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The largest size of an archive, in bytes; zero is unlimited.</summary>
    public long MaxSize { get; init; }

    /// <summary>The limit of active exports over all instances together.</summary>
    public int MaxActive { get; init; } = 4;

    /// <summary>The storage that exports are written to; null for the storage that objects are read from.</summary>
    public StorageOptions? Storage { get; init; }

    /// <summary>The storage account of the queue of exports; null for the SQLite queue in <see cref="Folder"/>.</summary>
    public AzureQueueOptions? Azure { get; init; }

    /// <summary>Folder of the SQLite queue; null in hosts without a disk of their own.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether exports are enabled.</summary>
    public bool IsOn => Buckets.Count > 0;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ExportOptions)} {{ {string.Join(',', Buckets)} }}";
}
