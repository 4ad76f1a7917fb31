using Egress.Backends;
using Egress.Callbacks;
using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Deliveries;

/// <summary>Logs and counts the events of deliveries. The event ids are 4040–4049.</summary>
internal sealed partial class DeliveryReport(EgressMetrics metrics, ILogger<DeliveryReport> logger)
{
    /// <summary>The callback of a delivery that ended is on the queue.</summary>
    public void Ended(CallbackMessage message)
    {
        var status = CallbackPayload.Read(message.Body).Status;
        metrics.DeliveryEnded(status);
        LogEnded(message.Id, message.Host, status);
    }

    /// <summary>The store refused deliveries, so tracking pauses. Logged once in each pause.</summary>
    public void Refused(BackendException fault) => LogRefused(fault.Message);

    /// <summary>The queue did not accept the callback of a delivery, which stays in the store.</summary>
    public void Waits(CallbackMessage message) => LogWaits(message.Id, message.Host);

    [LoggerMessage(4040, LogLevel.Warning,
        "The database account may not keep what was delivered (egress_deliveries); for a minute each response has its own callback: {Cause}")]
    private partial void LogRefused(string cause);

    [LoggerMessage(4041, LogLevel.Information, "Callback {Id} to {Host}: the delivery ended as {Status}")]
    private partial void LogEnded(string id, string host, string status);

    [LoggerMessage(4042, LogLevel.Warning, "Callback {Id} to {Host}: the queue failed; the callback waits in the database of the records")]
    private partial void LogWaits(string id, string host);

    /// <summary>The store failed, and the change is retried.</summary>
    public void Failed(BackendException fault) => LogFailed(fault.Message);

    /// <summary>The bytes that a response sent could not be recorded in the store.</summary>
    [LoggerMessage(4044, LogLevel.Error, "The bytes that request {RequestId} sent of the record {RecordId} could not be stored; its callback may be wrong")]
    public partial void Lost(string requestId, string recordId, Exception cause);

    /// <summary>Deliveries that are due could not be settled.</summary>
    [LoggerMessage(4045, LogLevel.Warning, "Deliveries that are due could not be read; the next sweep tries again")]
    public partial void SweepFailed(Exception cause);

    /// <summary>One delivery could not be settled. The others are not affected.</summary>
    [LoggerMessage(4046, LogLevel.Warning, "The delivery {Key} could not be settled; the next sweep tries it again")]
    public partial void SettleFailed(string key, Exception cause);

    /// <summary>A delivery in the store cannot be read by this version.</summary>
    [LoggerMessage(4047, LogLevel.Warning, "The delivery {Key} in egress_deliveries cannot be read; it is read again after RESUME_WINDOW")]
    public partial void Unreadable(string key);

    [LoggerMessage(4043, LogLevel.Warning, "Deliveries cannot be stored at the moment: {Cause}")]
    private partial void LogFailed(string cause);
}
