using Egress.Backends;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Manifests.Storing;

/// <summary>Calls the manifest store and handles its failures: counts them, and logs the first of consecutive ones. Safe for concurrent use.</summary>
internal sealed partial class ManifestStoreGuard(ManifestCounts counts, ILogger logger)
{
    private volatile bool _isRefused;
    private volatile bool _isFailing;

    /// <summary>Whether the store has refused access. Callers then do not use it any more.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Runs a call of the store. Throws only <see cref="OperationCanceledException"/>.</summary>
    public async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            _isFailing = false;
        }
        catch (BackendException refusal) when (refusal.Fault == BackendFault.Denied)
        {
            // The store is not called again, because the permissions of the database account rarely change.
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
            // A defect of Egress, which is logged as an error. The download continues without the store.
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
