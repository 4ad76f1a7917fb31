using Egress.Records.Exports;
using Egress.Records.Links;
using Egress.Records.Roles;

namespace Egress.Records;

/// <summary>The roles of a record store. A store must find records; every other role is optional.</summary>
/// <param name="store">Finds records.</param>
/// <param name="connections">The connections that the roles share, which are closed with the backend; null if nothing has to be closed.</param>
internal sealed class RecordBackend(IRecordStore store, IAsyncDisposable? connections = null) : IAsyncDisposable
{
    /// <summary>Finds records.</summary>
    public IRecordStore Store { get; } = store;

    /// <summary>Stores new records. Without this role, the command <c>link create</c> fails.</summary>
    public IRecordWriter? Writer { get; init; }

    /// <summary>
    /// Keeps the CRC-32s of objects in the same store as the records. Without this role, a resumed download reads the objects before its range again
    /// to calculate their CRC-32.
    /// </summary>
    public IChecksumCache<uint>? Crc32s { get; init; }

    /// <summary>
    /// Keeps the SHA-256 digests of objects in the same store as the records. Without this role, a resumed download with a checksum file reads the
    /// objects before its range again to calculate their digests.
    /// </summary>
    public IChecksumCache<Sha256Digest>? Sha256Digests { get; init; }

    /// <summary>Keeps the state of links. Without this role, the API cannot create or list links.</summary>
    public ILinkStore? Links { get; init; }

    /// <summary>Keeps how much of the limit of each link is used. Every store with <see cref="Links"/> has this role.</summary>
    public ILinkBudgetStore? LinkBudgets { get; init; }

    /// <summary>
    /// Keeps deliveries in the same store as the records. Without this role, each response causes a callback of its own, even if it is a part of the
    /// same download.
    /// </summary>
    public IDeliveryStore? Deliveries { get; init; }

    /// <summary>Keeps exports in the same store as the records. Without this role, exports cannot be created.</summary>
    public IExportStore? Exports { get; init; }

    /// <summary>Keeps manifests in the same store as the records. Without this role, each process plans every archive itself.</summary>
    public IManifestStore? Manifests { get; init; }

    /// <summary>A health check of the store, for example of the columns of its table; null if looking up a record is enough.</summary>
    public Func<CancellationToken, ValueTask>? Check { get; init; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connections?.DisposeAsync() ?? ValueTask.CompletedTask;
}
