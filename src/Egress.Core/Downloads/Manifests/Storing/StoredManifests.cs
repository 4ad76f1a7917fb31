using Egress.Packing;
using Egress.Records;
using Egress.Records.Roles;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Manifests.Storing;

/// <summary>
/// Manifests in the store that processes share. Never fails a download: without the store each process plans for itself. Writes in the background,
/// one after the other. Safe for concurrent use.
/// </summary>
internal sealed class StoredManifests : IAsyncDisposable
{
    /// <summary>Most removed manifests that are remembered. When there are more, all are forgotten.</summary>
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

    /// <summary>How long after its last renewal a manifest is renewed when it is used.</summary>
    public TimeSpan RenewalInterval { get; }

    /// <summary>Whether there is a store, and it may be used.</summary>
    public bool IsUsable => _store is not NoManifestStore && _options.Lifetime > TimeSpan.Zero && !_guard.IsRefused;

    /// <summary>Completes when everything is written that was handed over before.</summary>
    public Task WhenWritten => _writes.WhenWritten;

    /// <summary>Renewals come late by up to <see cref="RenewalInterval"/>.</summary>
    private TimeSpan StoredLifetime => _options.Lifetime + RenewalInterval;

    /// <summary>Finds a manifest.</summary>
    /// <param name="key">The record.</param>
    /// <param name="etag">Validator of the archive; null for the one that was planned last, unless that is too long ago.</param>
    /// <param name="zip">How the archive is written.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>Null if there is none, or it cannot be read.</returns>
    public async Task<ArchiveManifest?> FindAsync(ManifestKey key, string? etag, ZipOptions zip, CancellationToken cancellationToken)
    {
        ArchiveManifest? found = null;
        if (IsUsable && (etag is not null || _options.Reuse > TimeSpan.Zero))
        {
            await _guard.TryAsync(async () => found = await ReadAsync(key, etag, zip, cancellationToken));
        }

        return found is not null && IsRemoved(found) ? null : found;
    }

    /// <summary>Stores a manifest that was planned now. One without <c>ETag</c> is not stored: only requests of the next seconds could use it.</summary>
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

    /// <summary>Keeps a manifest longer, because it was used.</summary>
    public void Renew(ArchiveManifest manifest)
    {
        if (manifest.ETag is { } etag)
        {
            Enqueue(token => RenewAsync(manifest, ManifestName.OfHead(_settings, manifest.Key, etag), token));
        }
    }

    /// <summary>
    /// Removes a manifest, because one of its objects is not what was planned. From now on this process does not find it, even if it is removed later
    /// or cannot be removed.
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
                // Without the heads no process finds the form, which expires.
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
            // The form is damaged, or some of it has expired. Without its head it is written again.
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
        // The form first: a head never outlives it.
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
