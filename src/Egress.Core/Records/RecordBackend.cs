using Egress.Records.Exports;
using Egress.Records.Links;
using Egress.Records.Roles;

namespace Egress.Records;

/// <summary>The roles of a store of records. A store must find records; every other role is optional.</summary>
/// <param name="store">Finds records.</param>
/// <param name="connections">The connections that the roles share, which are closed with the backend; null if nothing has to be closed.</param>
internal sealed class RecordBackend(IRecordStore store, IAsyncDisposable? connections = null) : IAsyncDisposable
{
    /// <summary>Finds records.</summary>
    public IRecordStore Store { get; } = store;

    /// <summary>Stores new records. Without this role <c>link create</c> is refused.</summary>
    public IRecordWriter? Writer { get; init; }

    /// <summary>Keeps CRC-32s in the same store as the records. Without this role resumed downloads read skipped objects again.</summary>
    public IChecksumCache<uint>? Crc32s { get; init; }

    /// <summary>Keeps SHA-256 digests in the same store as the records. Without this role resumed downloads with checksum files read skipped objects again.</summary>
    public IChecksumCache<Sha256Digest>? Sha256Digests { get; init; }

    /// <summary>Keeps the state of links. Without this role there is no API of links.</summary>
    public ILinkStore? Links { get; init; }

    /// <summary>Keeps the used part of the limits of links. Every store with <see cref="Links"/> has this role.</summary>
    public ILinkBudgetStore? LinkBudgets { get; init; }

    /// <summary>Keeps deliveries in the same store as the records. Without this role each response has its own callback.</summary>
    public IDeliveryStore? Deliveries { get; init; }

    /// <summary>Keeps exports in the same store as the records. Without this role there are no exports.</summary>
    public IExportStore? Exports { get; init; }

    /// <summary>Keeps manifests in the same store as the records. Without this role each process plans for itself.</summary>
    public IManifestStore? Manifests { get; init; }

    /// <summary>Checks more than a look-up does, for example the columns of the table.</summary>
    public Func<CancellationToken, ValueTask>? Check { get; init; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connections?.DisposeAsync() ?? ValueTask.CompletedTask;
}
