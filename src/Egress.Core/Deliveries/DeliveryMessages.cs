using Egress.Callbacks;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Deliveries;

/// <summary>Creates the callbacks of deliveries.</summary>
internal static class DeliveryMessages
{
    /// <summary>
    /// Returns a function that creates the callback of a delivery that ends with a response. The callback's id is derived from the response's id, so
    /// that a repeated change creates the same callback.
    /// </summary>
    /// <param name="rangeId">Id of the response.</param>
    /// <param name="requestId">Id of the request.</param>
    /// <param name="time">The clock.</param>
    public static Func<Delivery, DownloadOutcome, CallbackMessage> OfResponse(string rangeId, string requestId, TimeProvider time)
    {
        // captured now, because the change runs later in another context
        var (trace, state) = (EgressTraces.Current?.Id, EgressTraces.Current?.TraceStateString);
        return (delivery, outcome) => Create($"msg_{rangeId}", delivery, requestId, outcome, time.GetUtcNow()) with
        {
            Traceparent = trace,
            Tracestate = state,
        };
    }

    /// <summary>Returns a function that creates the callback of a delivery that a sweep ends.</summary>
    /// <param name="time">The clock.</param>
    public static Func<Delivery, DownloadOutcome, CallbackMessage> OfSettled(TimeProvider time) => (delivery, outcome) =>
        Create($"msg_{NewId(time)}", delivery, delivery.RequestId, outcome, time.GetUtcNow()) with { Traceparent = null, Tracestate = null };

    /// <summary>Creates an id that begins with the current time, so that ids sort chronologically.</summary>
    public static string NewId(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    private static CallbackMessage Create(string id, Delivery delivery, string requestId, DownloadOutcome outcome, DateTimeOffset now) =>
        CallbackMessage.Create(id, delivery.Url, CallbackPayload.From(delivery.RecordId, requestId, outcome, now));
}
