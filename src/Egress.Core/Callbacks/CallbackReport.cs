using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Callbacks;

/// <summary>The one place that hears what becomes of callbacks: events 4000–4099. URLs may hold tokens, so only hosts are logged.</summary>
internal sealed partial class CallbackReport(EgressMetrics metrics, ILogger<CallbackReport> logger)
{
    /// <summary>A receiver took a callback.</summary>
    public void Delivered(CallbackMessage message)
    {
        metrics.CallbackEnded(delivered: true);
        LogDelivered(message.Id, message.Host, message.Attempts);
    }

    /// <summary>An attempt failed, and another one follows.</summary>
    public void Retrying(CallbackMessage message, TimeSpan delay)
    {
        metrics.CallbackRetried();
        LogRetrying(message.Id, message.Host, message.Attempts, message.LastAnswer, delay);
    }

    /// <summary>A callback of ours was given up. Called once for each.</summary>
    public void Poisoned(CallbackMessage message)
    {
        metrics.CallbackEnded(delivered: false);
        LogPoisoned(message.Id, message.Host, message.PoisonReason, message.Attempts, message.LastAnswer);
    }

    /// <summary>A message of somebody else ended on the poison queue. Called once for each.</summary>
    public void ForeignPoisoned() => LogForeignPoisoned();

    /// <summary>A final message could not be put on the queue and waits on this machine.</summary>
    public void Spooled(CallbackMessage message, Exception cause) => LogSpooled(message.Id, message.Host, cause);

    /// <summary>A final message could not be put anywhere. The log holds all that is needed to put it back.</summary>
    public void Stranded(CallbackMessage message, Exception cause)
    {
        metrics.CallbackEnded(delivered: false);
        LogStranded(message.Id, message.Write(), cause);
    }

    [LoggerMessage(4000, LogLevel.Information, "Callback {Id} delivered to {Host} at attempt {Attempts}")]
    private partial void LogDelivered(string id, string host, int attempts);

    [LoggerMessage(4001, LogLevel.Warning, "Callback {Id} to {Host}: attempt {Attempts} failed ({Answer}), next one in {Delay}")]
    private partial void LogRetrying(string id, string host, int attempts, string? answer, TimeSpan delay);

    [LoggerMessage(4002, LogLevel.Error, "Callback {Id} to {Host} is on the poison queue: {Reason}; {Attempts} attempts, last answer: {Answer}")]
    private partial void LogPoisoned(string id, string host, string? reason, int attempts, string? answer);

    [LoggerMessage(4003, LogLevel.Error, "A message that is no callback of Egress is on the poison queue")]
    private partial void LogForeignPoisoned();

    [LoggerMessage(4010, LogLevel.Error, "Callback {Id} to {Host}: the queue failed; the message waits in the spool of this server")]
    private partial void LogSpooled(string id, string host, Exception cause);

    [LoggerMessage(4011, LogLevel.Critical,
        "Callback {Id}: the queue failed and the message is nowhere but here; 'callbacks replay --message' puts it back: {Message}")]
    private partial void LogStranded(string id, string message, Exception cause);

    /// <summary>The lease of a running download was taken by a consumer: the end goes out as a message of its own.</summary>
    [LoggerMessage(4020, LogLevel.Warning, "Callback {Id}: its lease was lost while the download runs; its end is sent as a new message")]
    public partial void LeaseLost(string id);

    /// <summary>A lease could not be put or renewed.</summary>
    [LoggerMessage(4021, LogLevel.Warning, "Callback {Id}: the lease of its download could not be put on the queue or renewed")]
    public partial void LeaseFailed(string id, Exception cause);

    /// <summary>A record's callback cannot be put on a queue.</summary>
    [LoggerMessage(4022, LogLevel.Error, "Record {RecordId}: its callback has {Length} characters, allowed are {Most}; none is sent")]
    public partial void TooLong(string recordId, int length, int most);

    /// <summary>Taking messages failed.</summary>
    [LoggerMessage(4030, LogLevel.Error, "The callback queue cannot be read; trying again in {Delay}")]
    public partial void QueueFailed(TimeSpan delay, Exception cause);

    /// <summary>A message was taken, and its delivery broke.</summary>
    [LoggerMessage(4031, LogLevel.Error, "A callback message (taken {DequeueCount} times) could not be processed")]
    public partial void ProcessingFailed(int dequeueCount, Exception cause);

    /// <summary>Spooled messages could not be moved.</summary>
    [LoggerMessage(4032, LogLevel.Warning, "Spooled callbacks could not be put on the queue yet")]
    public partial void SpoolWaits(Exception cause);
}
