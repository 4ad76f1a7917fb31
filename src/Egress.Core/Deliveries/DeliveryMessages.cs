using Egress.Callbacks;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Deliveries;

/// <summary>Creates the callbacks of deliveries.</summary>
internal static class DeliveryMessages
{
    /// <summary>
    /// Creates the callback of a delivery that ends with a response. Its id is made from that of the response, so that a repeated change creates the
    /// same callback.
    /// </summary>
    /// <param name="rangeId">Id of the response.</param>
    /// <param name="requestId">Its request.</param>
    /// <param name="time">The clock.</param>
    public static Func<Delivery, DownloadOutcome, CallbackMessage> OfResponse(string rangeId, string requestId, TimeProvider time)
    {
        var (trace, state) = (EgressTraces.Current?.Id, EgressTraces.Current?.TraceStateString); // the change runs later in another context
        return (delivery, outcome) => Create($"msg_{rangeId}", delivery, requestId, outcome, time.GetUtcNow()) with
        {
            Traceparent = trace,
            Tracestate = state,
        };
    }

    /// <summary>Creates the callback of a delivery that ends because time has passed.</summary>
    /// <param name="time">The clock.</param>
    public static Func<Delivery, DownloadOutcome, CallbackMessage> OfSettled(TimeProvider time) => (delivery, outcome) =>
        Create($"msg_{NewId(time)}", delivery, delivery.RequestId, outcome, time.GetUtcNow()) with { Traceparent = null, Tracestate = null };

    /// <summary>Creates an id that begins with the time.</summary>
    public static string NewId(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    private static CallbackMessage Create(string id, Delivery delivery, string requestId, DownloadOutcome outcome, DateTimeOffset now) =>
        CallbackMessage.Create(id, delivery.Url, CallbackPayload.From(delivery.RecordId, requestId, outcome, now));
}
