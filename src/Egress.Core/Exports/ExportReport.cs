using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Exports;

/// <summary>Logs and counts the events of exports. The event ids are 1200–1211.</summary>
internal sealed partial class ExportReport(EgressMetrics metrics, ILogger<ExportReport> logger)
{
    /// <summary>A part was uploaded.</summary>
    public void PartBuilt() => metrics.ExportPartEnded(succeeded: true);

    /// <summary>An export was accepted.</summary>
    [LoggerMessage(1200, LogLevel.Information, "Export {Id} of {RecordId} to '{Key}' in '{Bucket}' was requested with the key {By}")]
    public partial void Created(string id, string recordId, string key, string bucket, string by);

    /// <summary>An export began.</summary>
    public void Begun(string id, ExportJob job) => LogBegun(id, job.Length, job.Parts, job.PartSize);

    /// <summary>An export ended.</summary>
    public void Ended(string id, ExportJob job)
    {
        metrics.ExportEnded(job.State.ToString().ToLowerInvariant());
        if (job.State == ExportState.Failed)
        {
            LogExportFailed(id, job.Reason, job.Message);
        }
        else
        {
            LogEnded(id, job.State, job.Length);
        }
    }

    /// <summary>A step of an export failed.</summary>
    public void StepFailed(string id, int part, int attempt, Exception failure)
    {
        metrics.ExportPartEnded(succeeded: false);
        LogStepFailed(id, part, attempt, failure.Message, failure is ExportException ? null : failure);
    }

    /// <summary>A sweep could not check or settle an export. It is retried.</summary>
    [LoggerMessage(1204, LogLevel.Warning, "Export {Id} could not be checked; it is tried again: {Cause}")]
    public partial void NotSettled(string id, string cause);

    /// <summary>The sweep could not query the exports that are due.</summary>
    public void SweepFailed(Exception failure) => LogSweepFailed(failure.Message);

    /// <summary>A worker could not take messages from the queue.</summary>
    [LoggerMessage(1206, LogLevel.Warning, "The queue of exports failed; the next try is in {Delay}: {Cause}")]
    public partial void QueueFailed(TimeSpan delay, string cause);

    /// <summary>A message on the queue was not written by Egress, and is dropped.</summary>
    [LoggerMessage(1208, LogLevel.Error, "A message on the queue of exports was not written by Egress, and is dropped")]
    public partial void Foreign();

    /// <summary>A worker could not handle a message, which becomes visible again.</summary>
    [LoggerMessage(1209, LogLevel.Warning, "A message on the queue of exports failed at attempt {Attempt}")]
    public partial void MessageFailed(int attempt, Exception failure);

    /// <summary>The storage refused to copy a part. For some time Egress builds all parts itself.</summary>
    [LoggerMessage(1210, LogLevel.Information, "The storage does not copy part {Part} of '{Key}' in '{Bucket}'. Parts are read and uploaded for {Pause}")]
    public partial void NotCopied(int part, string key, string bucket, TimeSpan pause);

    /// <summary>The storage refuses to list uploads, so that uploads of killed processes cannot be found.</summary>
    [LoggerMessage(1211, LogLevel.Warning, "Unfinished uploads to '{Key}' in '{Bucket}' could not be listed; a lifecycle rule of the bucket has to remove them: {Cause}")]
    public partial void LostUploadsNotRemoved(string key, string bucket, string cause);

    [LoggerMessage(1201, LogLevel.Information, "Export {Id} begins: {Length} bytes, {Parts} parts of {PartSize} bytes (0 parts: in one pass)")]
    private partial void LogBegun(string id, long? length, int parts, long partSize);

    [LoggerMessage(1202, LogLevel.Information, "Export {Id} ended as {State}: {Length} bytes")]
    private partial void LogEnded(string id, ExportState state, long? length);

    [LoggerMessage(1203, LogLevel.Error, "Export {Id} failed ({Reason}): {Cause}")]
    private partial void LogExportFailed(string id, string? reason, string? cause);

    [LoggerMessage(1205, LogLevel.Warning, "Part {Part} of export {Id} failed at attempt {Attempt}: {Cause}")]
    private partial void LogStepFailed(string id, int part, int attempt, string cause, Exception? failure);

    [LoggerMessage(1207, LogLevel.Warning, "Exports could not be checked; the next sweep tries again: {Cause}")]
    private partial void LogSweepFailed(string cause);
}
