using Egress.Backends;
using Egress.Records.Exports;
using Egress.Records.Links;
using Egress.Records.Roles;

namespace Egress.Records;

/// <summary>The writer of a store that cannot store records. It refuses every call.</summary>
internal sealed class ReadOnlyRecords : IRecordWriter
{
    /// <inheritdoc/>
    public ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken) => throw new BackendException(
        Backend.Database, BackendFault.Denied, "Egress only reads records from this kind of database. Let your application store them.");
}

/// <summary>The links of a store that does not keep them. There are none, and none can be created.</summary>
internal sealed class NoLinks : ILinkStore
{
    private static BackendException Unsupported => new(Backend.Database, BackendFault.Denied, "Egress keeps no links in this kind of database.")
    {
        IsLinkTableUnusable = true,
    };

    /// <inheritdoc/>
    public ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken) => throw Unsupported;

    /// <inheritdoc/>
    public ValueTask<LinkEntry?> FindRepeatedAsync(string idempotencyKey, CancellationToken cancellationToken) => throw Unsupported;

    /// <inheritdoc/>
    public ValueTask<LinkEntry?> FindAsync(string id, CancellationToken cancellationToken) => throw Unsupported;

    /// <inheritdoc/>
    public ValueTask<LinkPage> ListAsync(LinkSelection selection, CancellationToken cancellationToken) => throw Unsupported;

    /// <inheritdoc/>
    public ValueTask RevokeAsync(string id, string by, CancellationToken cancellationToken) => throw Unsupported;

    /// <inheritdoc/>
    public ValueTask<IReadOnlySet<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        new(new HashSet<string>());

    /// <inheritdoc/>
    public ValueTask AddTransferAsync(string id, LinkTransfer transfer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask SetCallbackAsync(string id, LinkCallback callback, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>The budgets of a store that does not keep them. They are never used, because such a store has no links with a limit.</summary>
internal sealed class NoLinkBudgets : ILinkBudgetStore
{
    private static BackendException Unsupported => new(Backend.Database, BackendFault.Denied, "Egress keeps no links in this kind of database.")
    {
        IsLinkTableUnusable = true,
    };

    /// <inheritdoc/>
    public ValueTask<StoredBudget> FindBudgetAsync(string id, CancellationToken cancellationToken) => throw Unsupported;

    /// <inheritdoc/>
    public ValueTask<bool> TryPutBudgetAsync(string id, long expected, string state, CancellationToken cancellationToken) => throw Unsupported;
}

/// <summary>The checksum cache of a store that does not keep checksums. It is always empty.</summary>
internal sealed class NoChecksumCache<T> : IChecksumCache<T>
    where T : struct
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, T>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        new(new Dictionary<string, T>());

    /// <inheritdoc/>
    public ValueTask AddAsync(IReadOnlyDictionary<string, T> checksums, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Used in place of the deliveries by a store that does not keep them.</summary>
internal sealed class NoDeliveryStore : IDeliveryStore
{
    /// <inheritdoc/>
    public ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken) => throw Refusal();

    private static BackendException Refusal() =>
        new(Backend.Database, BackendFault.Denied, "Egress keeps no deliveries in this kind of database.");
}

/// <summary>Used in place of the exports by a store that does not keep them.</summary>
internal sealed class NoExportStore : IExportStore
{
    /// <inheritdoc/>
    public ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask AddPartAsync(string id, StoredPart part, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredPart>> FindPartsAsync(string id, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<StoredPart?> FindPartAsync(string id, int number, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask<int> CountPartsAsync(string id, CancellationToken cancellationToken) => throw Refusal();

    /// <inheritdoc/>
    public ValueTask RemovePartsAsync(string id, CancellationToken cancellationToken) => throw Refusal();

    private static BackendException Refusal() =>
        new(Backend.Database, BackendFault.Denied, "Egress keeps no exports in this kind of database.");
}

/// <summary>Used in place of the manifests by a store that does not keep them.</summary>
internal sealed class NoManifestStore : IManifestStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, int first, int count, CancellationToken cancellationToken) => new([]);

    /// <inheritdoc/>
    public ValueTask WriteAsync(string id, IReadOnlyList<byte[]> parts, TimeSpan lifetime, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask RenewAsync(string id, int count, TimeSpan lifetime, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string id, int count, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Checks the health of a store by looking up a record.</summary>
/// <param name="store">The store.</param>
internal sealed class RecordLookupCheck(IRecordStore store)
{
    /// <summary>An id that no record is expected to have.</summary>
    public const string Id = "egress-health-check";

    /// <summary>Looks up the record. Completes when the store has answered.</summary>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await store.FindAsync(Id, cancellationToken);
}
