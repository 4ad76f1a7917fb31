using Egress.Backends;
using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Callbacks;

/// <summary>Logs and counts the events of callbacks. The event ids are 4000–4099. URLs may contain tokens, so only their hosts are logged.</summary>
internal sealed partial class CallbackReport(EgressMetrics metrics, ILogger<CallbackReport> logger)
{
    /// <summary>A receiver accepted a callback.</summary>
    public void Delivered(CallbackMessage message)
    {
        metrics.CallbackEnded(delivered: true);
        LogDelivered(message.Id, message.Host, message.Attempts);
    }

    /// <summary>An attempt failed, and will be retried.</summary>
    public void Retrying(CallbackMessage message, TimeSpan delay)
    {
        metrics.CallbackRetried();
        LogRetrying(message.Id, message.Host, message.Attempts, message.LastAnswer, delay);
    }

    /// <summary>A callback was moved to the poison queue. Called once for each callback.</summary>
    public void Poisoned(CallbackMessage message)
    {
        metrics.CallbackEnded(delivered: false);
        LogPoisoned(message.Id, message.Host, message.PoisonReason, message.Attempts, message.LastAnswer);
    }

    /// <summary>A message that was not written by Egress was moved to the poison queue. Called once for each message.</summary>
    public void ForeignPoisoned() => LogForeignPoisoned();

    /// <summary>The queue did not accept a final message. It is stored on the disk of this machine until the queue accepts it.</summary>
    public void Spooled(CallbackMessage message, Exception cause) => LogSpooled(message.Id, message.Host, cause);

    /// <summary>Neither the queue nor the disk accepted a final message. This process keeps it in memory and retries.</summary>
    public void HeldInMemory(CallbackMessage message, Exception cause) => LogHeldInMemory(message.Id, message.Write(), cause);

    /// <summary>The queue accepted a message that was only in the memory of this process.</summary>
    public void Recovered(CallbackMessage message) => LogRecovered(message.Id, message.Host);

    /// <summary>
    /// A final message is lost, because the queue, the disk and the memory of this process cannot keep it. The log line contains the message, so that
    /// an operator can put it back on the queue.
    /// </summary>
    public void Stranded(CallbackMessage message)
    {
        metrics.CallbackEnded(delivered: false);
        LogStranded(message.Id, message.Write());
    }

    /// <summary>Messages in the spool could not be moved to the queue.</summary>
    public void SpoolWaits(Exception cause) => LogSpoolWaits(InnermostCause.Of(cause));

    [LoggerMessage(4000, LogLevel.Information, "Callback {Id} delivered to {Host} at attempt {Attempts}")]
    private partial void LogDelivered(string id, string host, int attempts);

    [LoggerMessage(4001, LogLevel.Warning, "Callback {Id} to {Host}: attempt {Attempts} failed ({Answer}), next one in {Delay}")]
    private partial void LogRetrying(string id, string host, int attempts, string? answer, TimeSpan delay);

    [LoggerMessage(4002, LogLevel.Error, "Callback {Id} to {Host} is on the poison queue: {Reason}; {Attempts} attempts, last answer: {Answer}")]
    private partial void LogPoisoned(string id, string host, string? reason, int attempts, string? answer);

    [LoggerMessage(4003, LogLevel.Error, "A message that Egress did not write is on the poison queue")]
    private partial void LogForeignPoisoned();

    /// <summary>Callbacks were put back on the queue through the API.</summary>
    [LoggerMessage(4004, LogLevel.Information, "{Count} callbacks were put back on the queue with the key {Key}")]
    public partial void Replayed(int count, string key);

    /// <summary>The queue failed while the API listed undelivered callbacks or put them back.</summary>
    [LoggerMessage(4033, LogLevel.Error, "Undelivered callbacks could not be listed or put back, because the queue failed")]
    public partial void OperatorFailed(Exception exception);

    [LoggerMessage(4010, LogLevel.Error, "Callback {Id} to {Host}: the queue failed; the message waits in the spool of this server")]
    private partial void LogSpooled(string id, string host, Exception cause);

    [LoggerMessage(4011, LogLevel.Critical,
        "Callback {Id}: neither queue nor disk took it; this process holds it and tries again. If the process dies before event 4012, "
        + "'callbacks replay --message' puts it back: {Message}")]
    private partial void LogHeldInMemory(string id, string message, Exception cause);

    [LoggerMessage(4012, LogLevel.Information, "Callback {Id} to {Host}: the queue has accepted it; no replay is needed")]
    private partial void LogRecovered(string id, string host);

    [LoggerMessage(4013, LogLevel.Critical,
        "Callback {Id}: neither queue nor disk took it, and this process cannot keep it; 'callbacks replay --message' puts it back: {Message}")]
    private partial void LogStranded(string id, string message);

    /// <summary>Another consumer took the lease of a running download. The end of the download is sent as a new message.</summary>
    [LoggerMessage(4020, LogLevel.Warning, "Callback {Id}: its lease was lost while the download runs; its end is sent as a new message")]
    public partial void LeaseLost(string id);

    /// <summary>The queue did not accept or renew a lease.</summary>
    [LoggerMessage(4021, LogLevel.Warning, "Callback {Id}: the lease of its download could not be put on the queue or renewed")]
    public partial void LeaseFailed(string id, Exception cause);

    /// <summary>The callback URL of a record is too long for a message, so the record's callbacks cannot be sent.</summary>
    [LoggerMessage(4022, LogLevel.Error, "Record {RecordId}: the URL of its callback has {Length} characters; at most {Most} are allowed; no callback is sent")]
    public partial void TooLong(string recordId, int length, int most);

    /// <summary>The worker could not receive messages from the queue.</summary>
    [LoggerMessage(4030, LogLevel.Error, "The callback queue cannot be read; the next attempt is in {Delay}")]
    public partial void QueueFailed(TimeSpan delay, Exception cause);

    /// <summary>The delivery of a message failed with an exception.</summary>
    [LoggerMessage(4031, LogLevel.Error, "A callback message (taken {DequeueCount} times) could not be processed")]
    public partial void ProcessingFailed(int dequeueCount, Exception cause);

    [LoggerMessage(4032, LogLevel.Warning, "Spooled callbacks could not be put on the queue yet: {Reason}")]
    private partial void LogSpoolWaits(string reason);
}
