using Egress.Backends;
using Egress.Records.Roles;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Checksums;

/// <summary>Wraps a cache of checksums. Failures of the cache are logged and never fail a download. Safe for concurrent use.</summary>
internal sealed partial class GuardedChecksumCache<T>(IChecksumCache<T> cache, ILogger logger)
    where T : struct
{
    private volatile bool _isRefused;

    /// <summary>Finds the checksums of those keys that the cache has.</summary>
    /// <returns>The checksums by key; null if the cache failed or denied access.</returns>
    public async ValueTask<IReadOnlyDictionary<string, T>?> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, T>? found = null;
        if (!_isRefused)
        {
            await TryAsync(async () => found = await cache.FindAsync(keys, cancellationToken));
        }

        return found;
    }

    /// <summary>Adds checksums. Queries first which of them are missing, because most downloads compute no new ones.</summary>
    public async ValueTask AddAsync(Dictionary<string, T> checksums, CancellationToken cancellationToken)
    {
        if (checksums.Count == 0)
        {
            return;
        }

        foreach (var known in await FindAsync(checksums.Keys, cancellationToken) ?? new Dictionary<string, T>())
        {
            checksums.Remove(known.Key);
        }

        if (checksums.Count > 0 && !_isRefused)
        {
            await TryAsync(() => cache.AddAsync(checksums, cancellationToken));
        }
    }

    private async ValueTask TryAsync(Func<ValueTask> call)
    {
        try
        {
            await call();
        }
        catch (BackendException refusal) when (refusal.Fault == BackendFault.Denied)
        {
            // Logged only once for each process, because the permissions of the database account rarely change.
            if (!_isRefused)
            {
                _isRefused = true;
                Refused(refusal.Message);
            }
        }
        catch (BackendException fault)
        {
            Failed(fault.Message);
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            // A defect of Egress, which is logged as an error. The download continues without the cache.
            Broke(defect);
        }
    }

    [LoggerMessage(1030, LogLevel.Warning,
        "The database account may not keep checksums; resumed downloads read more than they need until the next start: {Cause}")]
    private partial void Refused(string cause);

    [LoggerMessage(1031, LogLevel.Warning, "Checksums of earlier downloads cannot be used at the moment: {Cause}")]
    private partial void Failed(string cause);

    [LoggerMessage(1032, LogLevel.Error, "Checksums of earlier downloads cannot be used because of a fault in Egress")]
    private partial void Broke(Exception defect);
}
