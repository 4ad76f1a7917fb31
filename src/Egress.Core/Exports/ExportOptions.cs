using Egress.Queues.AzureQueue;

namespace Egress.Exports;

/// <summary>Where archives may be exported to, and how (<c>EXPORT_*</c>).</summary>
public sealed record ExportOptions
{
    /// <summary>Fewest bytes of a part: what S3 accepts.</summary>
    internal const long LeastPartSize = 5L << 20;

    /// <summary>Most bytes of a part, which is held in memory.</summary>
    internal const long MostPartSize = 256L << 20;

    /// <summary>Buckets that exports may be written to; empty when there are no exports.</summary>
    public IReadOnlyList<string> Buckets { get; init; } = [];

    /// <summary>Bytes of a part where a request names none. Small, so that many are on their way at once in little memory; a part of 5 MiB could not end where a file ends.</summary>
    public long PartSize { get; init; } = 6L << 20;

    /// <summary>Parts that one process builds at once. Each holds a part in memory.</summary>
    public int Concurrency { get; init; } = 20;

    /// <summary>How long the link to a finished export works.</summary>
    public TimeSpan LinkLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Most bytes of an archive; zero is unlimited.</summary>
    public long MaxSize { get; init; }

    /// <summary>Exports that may run at once, over all instances.</summary>
    public int MaxActive { get; init; } = 4;

    /// <summary>The account of the queue of parts; null for the file in <see cref="Folder"/>.</summary>
    public AzureQueueOptions? Azure { get; init; }

    /// <summary>Folder of the SQLite queue; null in hosts without their own disk.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether there are exports at all.</summary>
    public bool IsOn => Buckets.Count > 0;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ExportOptions)} {{ {string.Join(',', Buckets)} }}";
}
