using Egress.Callbacks;

namespace Egress.Exports.Building;

/// <summary>Creates the callback of an export.</summary>
internal static class ExportCallback
{
    /// <summary>
    /// Returns the callback message of an ended export. Its id is derived from the export's id, so that a repeated message has the same id.
    /// </summary>
    /// <param name="id">The export.</param>
    /// <param name="job">The state of the export, which has ended and has a callback URL.</param>
    public static CallbackMessage Create(string id, ExportJob job)
    {
        var isCompleted = job.State == ExportState.Completed;
        var payload = new CallbackPayload
        {
            Id = job.RecordId,
            Status = !isCompleted ? "failed" : job.Skipped > 0 ? "partial" : "completed",
            Timestamp = CallbackPayload.Time(job.EndedAt!.Value),
            DurationMs = (long)(job.EndedAt.Value - job.CreatedAt).TotalMilliseconds,
            FileCount = job.Files,
            CompressedSizeBytes = isCompleted ? job.Length ?? 0 : 0,
            RequestId = id,
            FilesSucceeded = isCompleted ? job.Files - job.Skipped : 0,
            Reason = job.State == ExportState.Cancelled ? "cancelled" : job.Reason,
            Export = new ExportedObject(id, job.Bucket, job.Key),
        };
        return CallbackMessage.Create($"msg_{id}", job.Callback!, payload);
    }
}
