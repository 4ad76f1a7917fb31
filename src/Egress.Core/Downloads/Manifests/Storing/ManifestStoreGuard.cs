using Egress.Backends;
using Microsoft.Extensions.Logging;

namespace Egress.Downloads.Manifests.Storing;

/// <summary>Survives failures of the store of manifests: counts them, and logs the first of each series. Safe for concurrent use.</summary>
internal sealed partial class ManifestStoreGuard(ManifestCounts counts, ILogger logger)
{
    private volatile bool _isRefused;
    private volatile bool _isFailing;

    /// <summary>Whether the store refused a call. It is then not called again.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Calls the store. Throws only <see cref="OperationCanceledException"/>.</summary>
    public async Task TryAsync(Func<Task> call)
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
