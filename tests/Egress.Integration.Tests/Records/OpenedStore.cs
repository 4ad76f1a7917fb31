using Egress.Health;
using Egress.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Egress.Integration.Tests.Records;

/// <summary>All roles of a store as one object, as the contracts use them. Every store of Egress has every role.</summary>
internal sealed class OpenedStore : IRecordStore, IRecordWriter, IHealthProbe, IAsyncDisposable
{
    private readonly RecordBackend _backend;
    private readonly IHealthProbe _probe;

    private OpenedStore(RecordBackend backend) => (_backend, _probe) = (backend, backend.Probe ?? new RecordLookupProbe(backend.Store));

    public ICrcCache CrcCache => _backend.Checksums!;

    public string Component => _probe.Component;

    public static OpenedStore Open(RecordStoreOptions options, TimeProvider? time = null) =>
        new(RecordStoreFactory.Create(options, time ?? TimeProvider.System, NullLoggerFactory.Instance));

    public ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken) => _backend.Store.FindAsync(id, cancellationToken);

    public ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken) =>
        _backend.Writer!.TryAddAsync(record, cancellationToken);

    public ValueTask CheckAsync(CancellationToken cancellationToken) => _probe.CheckAsync(cancellationToken);

    public ValueTask DisposeAsync() => _backend.DisposeAsync();
}
