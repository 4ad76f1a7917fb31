using Egress.Callbacks;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Deliveries;

/// <summary>Makes the callbacks of deliveries.</summary>
internal static class DeliveryMessages
{
    /// <summary>Of a delivery that ends with a response. The id follows from the response, so that a repeated change makes the same one.</summary>
    /// <param name="rangeId">Id of the response.</param>
    /// <param name="requestId">Its request.</param>
    /// <param name="time">The clock.</param>
    public static Func<Delivery, DownloadOutcome, CallbackMessage> OfResponse(string rangeId, string requestId, TimeProvider time)
    {
        var (trace, state) = (EgressTraces.Current?.Id, EgressTraces.Current?.TraceStateString); // the change is made in another context
        return (delivery, outcome) => Create($"msg_{rangeId}", delivery, requestId, outcome, time.GetUtcNow()) with
        {
            Traceparent = trace,
            Tracestate = state,
        };
    }

    /// <summary>Of a delivery that ends because time has passed.</summary>
    /// <param name="time">The clock.</param>
    public static Func<Delivery, DownloadOutcome, CallbackMessage> OfSettled(TimeProvider time) => (delivery, outcome) =>
        Create($"msg_{NewId(time)}", delivery, delivery.RequestId, outcome, time.GetUtcNow()) with { Traceparent = null, Tracestate = null };

    /// <summary>A new id, which begins with the time.</summary>
    public static string NewId(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    private static CallbackMessage Create(string id, Delivery delivery, string requestId, DownloadOutcome outcome, DateTimeOffset now) =>
        CallbackMessage.Create(id, delivery.Url, CallbackPayload.From(delivery.RecordId, requestId, outcome, now));
}
