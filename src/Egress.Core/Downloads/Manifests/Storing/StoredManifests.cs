using Egress.Backends;
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
internal sealed partial class StoredManifests(
    IManifestStore store, ManifestOptions options, DownloadOptions downloads, StorageOptions storage, ManifestCounts counts, TimeProvider time,
    ILogger<StoredManifests> logger) : IAsyncDisposable
{
    /// <summary>Most writes that wait. Further ones are left out: the archive is then planned again by a process that needs it.</summary>
    public const int MostWaiting = 64;

    /// <summary>Most removed manifests that are remembered. When there are more, all are forgotten.</summary>
    private const int MostRemoved = 1024;

    /// <summary>How long a shutdown waits for writes that have begun.</summary>
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(5);

    private readonly string _settings = PlanSettings.Of(downloads, storage);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<(ManifestKey Key, string ETag)> _removed = [];
    private Task _writing = Task.CompletedTask;
    private int _waiting;
    private volatile bool _isRefused;
    private volatile bool _isFailing;

    /// <summary>How long after its last renewal a manifest is renewed when it is used.</summary>
    public TimeSpan RenewalInterval { get; } = options.Lifetime / 4;

    /// <summary>Whether there is a store, and it may be used.</summary>
    public bool IsUsable => store is not NoManifestStore && options.Lifetime > TimeSpan.Zero && !_isRefused;

    /// <summary>Completes when everything is written that was handed over before.</summary>
    public Task WhenWritten
    {
        get
        {
            lock (_lock)
            {
                return _writing;
            }
        }
    }

    /// <summary>Renewals come late by up to <see cref="RenewalInterval"/>.</summary>
    private TimeSpan StoredLifetime => options.Lifetime + RenewalInterval;

    /// <summary>Finds a manifest.</summary>
    /// <param name="key">The record.</param>
    /// <param name="etag">Validator of the archive; null for the one that was planned last, unless that is too long ago.</param>
    /// <param name="zip">How the archive is written.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>Null if there is none, or it cannot be read.</returns>
    public async Task<ArchiveManifest?> FindAsync(ManifestKey key, string? etag, ZipOptions zip, CancellationToken cancellationToken)
    {
        ArchiveManifest? found = null;
        if (IsUsable && (etag is not null || options.Reuse > TimeSpan.Zero))
        {
            await TryAsync(async () => found = await ReadAsync(key, etag, zip, cancellationToken));
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
                await store.RemoveAsync(ManifestName.OfHead(_settings, manifest.Key, etag), 1, token);
                await store.RemoveAsync(ManifestName.OfHead(_settings, manifest.Key, null), 1, token);
            });
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await WhenWritten.WaitAsync(ShutdownGrace, time);
        }
        catch (TimeoutException)
        {
            await _stop.CancelAsync();
            await WhenWritten;
        }

        _stop.Dispose();
    }

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
            || (etag is null && (time.GetUtcNow() - head.PlannedAt).Duration() >= options.Reuse))
        {
            return null;
        }

        var named = ManifestName.OfHead(_settings, key, head.ETag);
        var manifest = await ReadFormAsync(key, ManifestName.OfForm(named, head.Hash), head, zip, cancellationToken);
        if (manifest is null)
        {
            // The form is damaged, or some of it has expired. Without its head it is written again.
            Enqueue(async token => await store.RemoveAsync(named, 1, token));
        }

        return manifest;
    }

    private async Task<ArchiveManifest?> ReadFormAsync(
        ManifestKey key, string id, ManifestHead head, ZipOptions zip, CancellationToken cancellationToken)
    {
        var parts = await store.ReadAsync(id, 0, head.Parts, cancellationToken);
        return parts.Count == head.Parts && ChunkedBytes.AreChunks(parts)
            && ArchiveManifest.TryRead(key, new ChunkedBytes(parts), head.PlannedAt, zip) is { } manifest && manifest.ETag == head.ETag
            ? manifest
            : null;
    }

    private async Task<ManifestHead?> ReadHeadAsync(string id, CancellationToken cancellationToken) =>
        await store.ReadAsync(id, 0, 1, cancellationToken) is [var bytes] ? ManifestHead.TryRead(bytes) : null;

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
            await store.WriteAsync(ManifestName.OfForm(named, head.Hash), manifest.Form.Chunks, StoredLifetime, cancellationToken);
            await store.WriteAsync(named, [head.ToBytes()], StoredLifetime, cancellationToken);
        }

        if (options.Reuse > TimeSpan.Zero)
        {
            await store.WriteAsync(ManifestName.OfHead(_settings, manifest.Key, null), [head.ToBytes()], StoredLifetime, cancellationToken);
        }
    }

    private async Task RenewAsync(ArchiveManifest manifest, string head, CancellationToken cancellationToken)
    {
        // The form first: a head never outlives it.
        await store.RenewAsync(
            ManifestName.OfForm(head, ManifestForm.HashOf(manifest.Form)), manifest.Form.Chunks.Count, StoredLifetime, cancellationToken);
        await store.RenewAsync(head, 1, StoredLifetime, cancellationToken);
    }

    private void Enqueue(Func<CancellationToken, Task> write)
    {
        lock (_lock)
        {
            if (IsUsable && _waiting < MostWaiting && !_stop.IsCancellationRequested)
            {
                _waiting++;
                _writing = AfterAsync(_writing, write);
            }
        }
    }

    private async Task AfterAsync(Task earlier, Func<CancellationToken, Task> write)
    {
        // Not on the thread of the request, even if a driver does all its work on the calling thread.
        await earlier.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (IsUsable)
            {
                await TryAsync(() => write(_stop.Token));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The process shuts down.
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            _isFailing = false;
        }
        catch (BackendException refusal) when (refusal.Fault == BackendFault.Denied)
        {
            // The account's permissions do not change while it is used.
            counts.AddFailure();
            if (!_isRefused)
            {
                _isRefused = true;
                Refused(refusal.Message);
            }
        }
        catch (BackendException fault)
        {
            counts.AddFailure();
            if (!_isFailing)
            {
                _isFailing = true;
                Failed(fault.Message);
            }
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            // A defect of Egress: logged as such, but the download works without the store.
            counts.AddFailure();
            Broke(defect);
        }
    }

    [LoggerMessage(1033, LogLevel.Warning,
        "The database account may not keep manifests; each process plans for itself until the next start: {Cause}")]
    private partial void Refused(string cause);

    [LoggerMessage(1034, LogLevel.Warning, "Manifests cannot be stored or read at the moment; further failures are only counted until a call succeeds: {Cause}")]
    private partial void Failed(string cause);

    [LoggerMessage(1035, LogLevel.Error, "Manifests cannot be stored or read because of a fault in Egress")]
    private partial void Broke(Exception defect);
}
