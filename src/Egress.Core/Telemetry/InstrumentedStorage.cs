using Egress.Backends;
using Egress.Storage;

namespace Egress.Telemetry;

/// <summary>
/// Measures and traces how objects are opened, including retries, and counts files. A large object is opened many times, once for each range. It
/// counts as one file when its first range is opened, and again whenever an opening or a look-up of it fails.
/// </summary>
internal sealed class InstrumentedStorage(IObjectStorage inner, EgressMetrics metrics, TimeProvider time) : IObjectStorage, IBatchLookup, IKeyCheck
{
    private readonly Action _fetchEnded = metrics.FetchEnded;

    /// <inheritdoc/>
    public bool IsRemote { get; } = inner.IsRemote;

    /// <inheritdoc/>
    public async ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var result = FetchResult.Error;
        var span = EgressTraces.StartFetch();
        OpenedObject? opened = null;
        metrics.FetchStarted();
        try
        {
            opened = await inner.OpenAsync(location, range, cancellationToken);
            result = opened is null ? FetchResult.Missing : FetchResult.Success;
            metrics.StorageFetched(result, time.GetElapsedTime(started));
            if (opened is null || range.Offset == 0)
            {
                metrics.FileFetched(result);
            }
        }
        catch (BackendException fault)
        {
            result = ResultOf(fault);
            span.Fail(fault);
            if (fault.Fault != BackendFault.CircuitOpen)
            {
                metrics.StorageFetched(result, time.GetElapsedTime(started));
            }

            metrics.FileFetched(result);
            throw;
        }
        finally
        {
            if (span is not null)
            {
                FetchTrace.End(span, location, range, result, time.GetElapsedTime(started));
            }

            if (opened is null)
            {
                metrics.FetchEnded();
            }
        }

        return opened is null ? null : new OpenedObject(opened.Properties, opened.Content, _fetchEnded);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await inner.LookUpAsync(location, cancellationToken);
            if (properties is null)
            {
                metrics.FileFetched(FetchResult.Missing);
            }

            return properties;
        }
        catch (BackendException fault)
        {
            metrics.FileFetched(ResultOf(fault));
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) =>
        inner.LookUpAllAsync(locations, cancellationToken);

    /// <inheritdoc/>
    public void CheckKey(ObjectLocation location) => inner.CheckKey(location);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    private static FetchResult ResultOf(BackendException fault) => fault.Fault == BackendFault.Denied ? FetchResult.Denied : FetchResult.Error;
}
