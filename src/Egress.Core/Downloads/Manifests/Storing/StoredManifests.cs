using Egress.Packing;
using Egress.Records;
using Egress.Records.Roles;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Manifests.Storing;

/// <summary>
/// Reads and writes manifests in the store that processes share. A failure never fails a download: without the store each process plans for itself. Writes run
/// in the background, one after the other. Safe for concurrent use.
/// </summary>
internal sealed class StoredManifests : IAsyncDisposable
{
    /// <summary>The largest number of removed manifests in the list of this process. A longer list is cleared.</summary>
    private const int MostRemoved = 1024;

    private readonly IManifestStore _store;
    private readonly ManifestOptions _options;
    private readonly TimeProvider _time;
    private readonly string _settings;
    private readonly ManifestStoreGuard _guard;
    private readonly BackgroundWrites _writes;
    private readonly Lock _lock = new();
    private readonly HashSet<(ManifestKey Key, string ETag)> _removed = [];

    public StoredManifests(
        IManifestStore store, ManifestOptions options, DownloadOptions downloads, StorageOptions storage, ManifestCounts counts, TimeProvider time,
        ILogger<StoredManifests> logger)
    {
        (_store, _options, _time) = (store, options, time);
        _settings = PlanSettings.Of(downloads, storage);
        _guard = new ManifestStoreGuard(counts, logger);
        _writes = new BackgroundWrites(_guard, time);
        RenewalInterval = options.Lifetime / 4;
    }

    /// <summary>The shortest time between two renewals of a manifest that is used.</summary>
    public TimeSpan RenewalInterval { get; }

    /// <summary>Whether a store is configured, manifests are kept, and the store has not refused access.</summary>
    public bool IsUsable => _store is not NoManifestStore && _options.Lifetime > TimeSpan.Zero && !_guard.IsRefused;

    /// <summary>Completes when all writes that were enqueued before have ended.</summary>
    public Task WhenWritten => _writes.WhenWritten;

    /// <summary>How long the store keeps a manifest. <see cref="RenewalInterval"/> is added, because a use is not renewed until this time has passed.</summary>
    private TimeSpan StoredLifetime => _options.Lifetime + RenewalInterval;

    /// <summary>Finds a manifest.</summary>
    /// <param name="key">The record.</param>
    /// <param name="etag">Validator of the archive; null for the newest archive, unless it is too old.</param>
    /// <param name="zip">How the archive is written.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    /// <returns>The manifest; null if there is none, or if it cannot be read.</returns>
    public async Task<ArchiveManifest?> FindAsync(ManifestKey key, string? etag, ZipOptions zip, CancellationToken cancellationToken)
    {
        ArchiveManifest? found = null;
        if (IsUsable && (etag is not null || _options.Reuse > TimeSpan.Zero))
        {
            await _guard.TryAsync(async () => found = await ReadAsync(key, etag, zip, cancellationToken));
        }

        return found is not null && IsRemoved(found) ? null : found;
    }

    /// <summary>
    /// Stores a new manifest. A manifest without <c>ETag</c> is not stored, because only requests within <c>MANIFEST_REUSE</c> could use it.
    /// </summary>
    public void Save(ArchiveManifest manifest)
    {
        if (manifest.ETag is { } etag)
        {
            lock (_lock)
            {
                _removed.Remove((manifest.Key, etag));
            }

            Enqueue(token => WriteAsync(manifest, etag, token));
        }
    }

    /// <summary>Renews the lifetime of a manifest in the store, because it was used.</summary>
    public void Renew(ArchiveManifest manifest)
    {
        if (manifest.ETag is { } etag)
        {
            Enqueue(token => RenewAsync(manifest, ManifestName.OfHead(_settings, manifest.Key, etag), token));
        }
    }

    /// <summary>
    /// Removes a manifest, because one of its objects has changed. This process ignores it from now on, even if its removal from the store is delayed or fails.
    /// </summary>
    public void Remove(ArchiveManifest manifest)
    {
        if (manifest.ETag is { } etag)
        {
            lock (_lock)
            {
                if (_removed.Count >= MostRemoved)
                {
                    _removed.Clear();
                }

                _removed.Add((manifest.Key, etag));
            }

            Enqueue(async token =>
            {
                // Only the heads are removed. Without them no process finds the form, which the store deletes when it expires.
                await _store.RemoveAsync(ManifestName.OfHead(_settings, manifest.Key, etag), 1, token);
                await _store.RemoveAsync(ManifestName.OfHead(_settings, manifest.Key, null), 1, token);
            });
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _writes.DisposeAsync();

    private bool IsRemoved(ArchiveManifest manifest)
    {
        lock (_lock)
        {
            return _removed.Contains((manifest.Key, manifest.ETag!));
        }
    }

    private async Task<ArchiveManifest?> ReadAsync(ManifestKey key, string? etag, ZipOptions zip, CancellationToken cancellationToken)
    {
        if (await ReadHeadAsync(ManifestName.OfHead(_settings, key, etag), cancellationToken) is not { } head
            || (etag is not null && head.ETag != etag)
            || (etag is null && (_time.GetUtcNow() - head.PlannedAt).Duration() >= _options.Reuse))
        {
            return null;
        }

        var named = ManifestName.OfHead(_settings, key, head.ETag);
        var manifest = await ReadFormAsync(key, ManifestName.OfForm(named, head.Hash), head, zip, cancellationToken);
        if (manifest is null)
        {
            // The form is damaged, or some of its parts have expired. Its head is removed, so that the next plan stores the form again.
            Enqueue(async token => await _store.RemoveAsync(named, 1, token));
        }

        return manifest;
    }

    private async Task<ArchiveManifest?> ReadFormAsync(
        ManifestKey key, string id, ManifestHead head, ZipOptions zip, CancellationToken cancellationToken)
    {
        var parts = await _store.ReadAsync(id, 0, head.Parts, cancellationToken);
        return parts.Count == head.Parts && ChunkedBytes.AreChunks(parts)
            && ArchiveManifest.TryRead(key, new ChunkedBytes(parts), head.PlannedAt, zip) is { } manifest && manifest.ETag == head.ETag
            ? manifest
            : null;
    }

    private async Task<ManifestHead?> ReadHeadAsync(string id, CancellationToken cancellationToken) =>
        await _store.ReadAsync(id, 0, 1, cancellationToken) is [var bytes] ? ManifestHead.TryRead(bytes) : null;

    private async Task WriteAsync(ArchiveManifest manifest, string etag, CancellationToken cancellationToken)
    {
        var named = ManifestName.OfHead(_settings, manifest.Key, etag);
        var head = new ManifestHead(manifest.PlannedAt, ManifestForm.HashOf(manifest.Form), manifest.Form.Chunks.Count, etag);
        if (await ReadHeadAsync(named, cancellationToken) is { } known && known.Hash == head.Hash)
        {
            await RenewAsync(manifest, named, cancellationToken);
        }
        else
        {
            await _store.WriteAsync(ManifestName.OfForm(named, head.Hash), manifest.Form.Chunks, StoredLifetime, cancellationToken);
            await _store.WriteAsync(named, [head.ToBytes()], StoredLifetime, cancellationToken);
        }

        if (_options.Reuse > TimeSpan.Zero)
        {
            await _store.WriteAsync(ManifestName.OfHead(_settings, manifest.Key, null), [head.ToBytes()], StoredLifetime, cancellationToken);
        }
    }

    private async Task RenewAsync(ArchiveManifest manifest, string head, CancellationToken cancellationToken)
    {
        // The form is renewed before its head, so that the head never lives longer than the form.
        await _store.RenewAsync(
            ManifestName.OfForm(head, ManifestForm.HashOf(manifest.Form)), manifest.Form.Chunks.Count, StoredLifetime, cancellationToken);
        await _store.RenewAsync(head, 1, StoredLifetime, cancellationToken);
    }

    private void Enqueue(Func<CancellationToken, Task> write)
    {
        if (IsUsable)
        {
            _writes.Enqueue(write);
        }
    }
}
