using Egress.Records;

namespace Egress.Downloads.Manifests;

/// <summary>
/// Plans each archive once for all requests that can share the plan: those that arrive while it is planned, those that arrive soon after, and those that
/// name its <c>ETag</c>. Safe for concurrent use.
/// </summary>
internal sealed class ManifestCache(ManifestOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly ManifestLru _kept = new(options, time);
    private readonly Dictionary<ManifestKey, SharedPlanning> _planning = [];

    /// <summary>Finds the manifest of a record, or plans it.</summary>
    /// <param name="record">The record, as it is now.</param>
    /// <param name="etags">Validators that the request names. A manifest with one of them is used even if the storage has changed since.</param>
    /// <param name="plan">Plans the archive.</param>
    /// <param name="cancellationToken">Ends this request. Planning goes on while other requests wait for it.</param>
    public async ValueTask<ManifestResult> GetAsync(
        DownloadRecord record, IReadOnlyCollection<string> etags, Func<ManifestKey, CancellationToken, Task<ManifestResult>> plan,
        CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(record.Password))
        {
            // The layout of an encrypted archive refers to the password, which nothing keeps longer than a download.
            return await plan(new ManifestKey(record.Id, default), cancellationToken);
        }

        var key = new ManifestKey(record.Id, RecordFingerprint.Of(record));
        SharedPlanning planning;
        lock (_lock)
        {
            if (Find(key, etags) is { } manifest)
            {
                return manifest;
            }

            if (!_planning.TryGetValue(key, out planning!))
            {
                planning = new SharedPlanning((self, token) => PlanAsync(key, self, plan, token));
                _planning.Add(key, planning);
            }

            planning.Join();
        }

        try
        {
            return await planning.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(key, planning);
        }
    }

    /// <summary>Forgets a manifest, because one of its objects is not what was planned.</summary>
    public void Drop(ArchiveManifest manifest)
    {
        lock (_lock)
        {
            _kept.Remove(manifest);
        }
    }

    private ArchiveManifest? Find(ManifestKey key, IReadOnlyCollection<string> etags)
    {
        foreach (var etag in etags)
        {
            if (_kept.ByETag(key, etag) is { } named)
            {
                return named;
            }
        }

        return _kept.Recent(key);
    }

    private async Task<ManifestResult> PlanAsync(
        ManifestKey key, SharedPlanning self, Func<ManifestKey, CancellationToken, Task<ManifestResult>> plan, CancellationToken cancellationToken)
    {
        try
        {
            var result = await plan(key, cancellationToken);
            lock (_lock)
            {
                if (result.Manifest is { } manifest)
                {
                    _kept.Add(manifest);
                }
            }

            return result;
        }
        finally
        {
            // A request that comes from now on either finds the manifest, or has to see the storage as it is now.
            Remove(key, self);
        }
    }

    private void Leave(ManifestKey key, SharedPlanning planning)
    {
        bool isLast;
        lock (_lock)
        {
            isLast = planning.Leave();
            if (isLast)
            {
                Remove(key, planning);
            }
        }

        if (isLast)
        {
            planning.Dispose();
        }
    }

    private void Remove(ManifestKey key, SharedPlanning planning)
    {
        lock (_lock)
        {
            if (_planning.GetValueOrDefault(key) == planning)
            {
                _planning.Remove(key);
            }
        }
    }
}
