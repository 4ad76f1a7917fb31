using Egress.Records;
using Egress.Records.Exports;
using Egress.Records.Links;
using Egress.Records.Roles;
using Microsoft.Extensions.Logging.Abstractions;

namespace Egress.Integration.Tests.Records;

/// <summary>All roles of a store as one object, for the contracts. Every store of Egress has all roles.</summary>
internal sealed class OpenedStore : IRecordStore, IRecordWriter, IAsyncDisposable
{
    private readonly RecordBackend _backend;

    private OpenedStore(RecordBackend backend) => _backend = backend;

    public IChecksumCache<uint> Checksums(string kind) => kind == "crc32" ? _backend.Crc32s! : new NumberedDigests(_backend.Sha256Digests!);

    public ILinkStore Links => _backend.Links!;

    public ILinkBudgetStore LinkBudgets => _backend.LinkBudgets!;

    public IDeliveryStore Deliveries => _backend.Deliveries!;

    public IExportStore Exports => _backend.Exports!;

    public IManifestStore Manifests => _backend.Manifests!;

    public static OpenedStore Open(RecordStoreOptions options, TimeProvider? time = null) =>
        new(RecordStoreFactory.Create(options, time ?? TimeProvider.System, NullLoggerFactory.Instance));

    public ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken) => _backend.Store.FindAsync(id, cancellationToken);

    public ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken) =>
        _backend.Writer!.TryAddAsync(record, cancellationToken);

    public ValueTask CheckAsync(CancellationToken cancellationToken) =>
        (_backend.Check ?? new RecordLookupCheck(_backend.Store).CheckAsync)(cancellationToken);

    public ValueTask DisposeAsync() => _backend.DisposeAsync();
}
