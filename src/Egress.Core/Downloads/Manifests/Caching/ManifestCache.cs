using Egress.Downloads.Manifests.Storing;
using Egress.Limits;
using Egress.Records;
using Egress.Zip;

namespace Egress.Downloads.Manifests.Caching;

/// <summary>
/// Plans each archive once for all requests that can share the plan: requests during the planning, requests soon after it, and requests that name its
/// <c>ETag</c>. Manifests are kept in memory, and in a store for other processes. Safe for concurrent use.
/// </summary>
internal sealed class ManifestCache(ManifestOptions options, StoredManifests stored, ManifestCounts counts, ProcessLimits limits, TimeProvider time)
{
    /// <summary>The largest number of validators of one request that are looked up in the store. Clients usually send one.</summary>
    private const int MostStoredLookups = 4;

    private readonly Lock _lock = new();
    private readonly ManifestLru _kept = new(options, limits.Kept, time);
    private readonly Dictionary<Work, SharedPlanning> _running = [];

    /// <summary>Finds the manifest of a record, or plans it.</summary>
    /// <param name="record">The current record.</param>
    /// <param name="wanted">The manifests that the request may use.</param>
    /// <param name="zip">How the archive is written.</param>
    /// <param name="plan">Plans the archive. Called if no manifest can be used.</param>
    /// <param name="cancellationToken">Cancels this request. Planning continues while other requests wait for it.</param>
    public async ValueTask<ManifestResult> GetAsync(
        DownloadRecord record, WantedManifest wanted, ZipOptions zip, Func<ManifestKey, CancellationToken, Task<ManifestResult>> plan,
        CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(record.Password))
        {
            // The plan of an encrypted archive contains the password, which must not be kept after the download.
            return await plan(new ManifestKey(record.Id, default), cancellationToken) with { IsOwn = true };
        }

        var key = new ManifestKey(record.Id, RecordFingerprint.Of(record));
        if (!wanted.IsAnew && Find(key, wanted.ETags) is { } kept)
        {
            return kept;
        }

        if (!wanted.IsAnew && stored.IsUsable)
        {
            foreach (var etag in wanted.ETags.Take(MostStoredLookups))
            {
                var named = new Work(key, etag, IsAnew: false);
                if ((await ShareAsync(named, wanted.ETags, token => LoadAsync(key, etag, zip, token), cancellationToken)).Manifest is { } found)
                {
                    return found;
                }
            }
        }

        return await ShareAsync(
            new Work(key, null, wanted.IsAnew), wanted.ETags, token => LoadOrPlanAsync(key, wanted.IsAnew, zip, plan, token), cancellationToken);
    }

    /// <summary>Removes a manifest, because one of its objects has changed.</summary>
    public void Drop(ArchiveManifest manifest)
    {
        lock (_lock)
        {
            _kept.Remove(manifest);
        }

        stored.Remove(manifest);
    }

    private ArchiveManifest? Find(ManifestKey key, IReadOnlyCollection<string> etags)
    {
        ArchiveManifest? found;
        bool isRenewalDue;
        lock (_lock)
        {
            found = etags.Select(etag => _kept.ByETag(key, etag)).FirstOrDefault(static manifest => manifest is not null) ?? _kept.Recent(key);
            isRenewalDue = found is not null && _kept.IsRenewalDue(found, stored.RenewalInterval);
        }

        if (found is not null)
        {
            counts.Add(ManifestSource.Memory);
        }

        if (isRenewalDue)
        {
            stored.Renew(found!);
        }

        return found;
    }

    private async Task<ManifestResult> LoadOrPlanAsync(
        ManifestKey key, bool isAnew, ZipOptions zip, Func<ManifestKey, CancellationToken, Task<ManifestResult>> plan, CancellationToken cancellationToken)
    {
        if (!isAnew && (await LoadAsync(key, null, zip, cancellationToken)).Manifest is { } recent)
        {
            return recent;
        }

        var result = await plan(key, cancellationToken);
        if (result.Manifest is { } manifest)
        {
            counts.Add(ManifestSource.Planned);
            Keep(manifest);
            stored.Save(manifest);
        }

        return result;
    }

    private async Task<ManifestResult> LoadAsync(ManifestKey key, string? etag, ZipOptions zip, CancellationToken cancellationToken)
    {
        if (await stored.FindAsync(key, etag, zip, cancellationToken) is not { } manifest)
        {
            return default;
        }

        counts.Add(ManifestSource.Store);
        Keep(manifest);
        stored.Renew(manifest);
        return manifest;
    }

    private void Keep(ArchiveManifest manifest)
    {
        lock (_lock)
        {
            _kept.Add(manifest);
        }
    }

    /// <summary>Runs an operation once for all requests that need its result while it runs.</summary>
    private async ValueTask<ManifestResult> ShareAsync(
        Work work, IReadOnlyCollection<string> etags, Func<CancellationToken, Task<ManifestResult>> run, CancellationToken cancellationToken)
    {
        SharedPlanning running;
        var isFirst = false;
        lock (_lock)
        {
            if (!_running.TryGetValue(work, out running!))
            {
                if (!work.IsAnew && Find(work.Key, etags) is { } kept)
                {
                    // Another request has just completed the same operation.
                    return kept;
                }

                running = new SharedPlanning((self, token) => RunAsync(work, self, run, token));
                _running.Add(work, running);
                isFirst = true;
            }

            running.Join();
        }

        try
        {
            var result = await running.WaitAsync(cancellationToken);
            return result with { IsOwn = isFirst && result.Manifest is { IsStored: false } };
        }
        finally
        {
            Leave(work, running);
        }
    }

    private async Task<ManifestResult> RunAsync(
        Work work, SharedPlanning self, Func<CancellationToken, Task<ManifestResult>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(cancellationToken);
        }
        finally
        {
            // Later requests do not share this result. They find the manifest or, because the storage may have changed, plan the archive again.
            Remove(work, self);
        }
    }

    private void Leave(Work work, SharedPlanning running)
    {
        bool isLast;
        lock (_lock)
        {
            isLast = running.Leave();
            if (isLast)
            {
                Remove(work, running);
            }
        }

        if (isLast)
        {
            running.Dispose();
        }
    }

    private void Remove(Work work, SharedPlanning running)
    {
        lock (_lock)
        {
            if (_running.GetValueOrDefault(work) == running)
            {
                _running.Remove(work);
            }
        }
    }

    /// <summary>Identifies an operation that several requests share: finding the manifest with a given validator, or planning the current archive.</summary>
    private readonly record struct Work(ManifestKey Key, string? ETag, bool IsAnew);
}

/// <summary>The manifests that a request may use.</summary>
/// <param name="ETags">Validators that the request sends. A manifest with one of them is used even if the storage has changed since it was planned.</param>
/// <param name="IsAnew">Whether the archive must be planned again, because an object has changed since the manifest was made.</param>
internal readonly record struct WantedManifest(IReadOnlyCollection<string> ETags, bool IsAnew = false);
