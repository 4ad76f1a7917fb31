using Egress.Backends;
using Egress.Records;

namespace Egress.Telemetry;

/// <summary>
/// Measures and traces look-ups of records. Look-ups that an open circuit breaker refused are not measured, because they did not query the database.
/// </summary>
internal sealed class InstrumentedRecordStore(IRecordStore inner, EgressMetrics metrics, TimeProvider time) : IRecordStore
{
    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        using var span = EgressTraces.StartQuery();
        var started = time.GetTimestamp();
        try
        {
            var record = await inner.FindAsync(id, cancellationToken);
            metrics.RecordLookedUp(time.GetElapsedTime(started));
            return record;
        }
        catch (BackendException fault)
        {
            span.Fail(fault);
            if (fault.Fault != BackendFault.CircuitOpen)
            {
                metrics.RecordLookedUp(time.GetElapsedTime(started));
            }

            throw;
        }
    }
}
