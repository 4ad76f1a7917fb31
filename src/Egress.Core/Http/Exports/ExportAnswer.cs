using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Exports;
using Egress.Http.Links;

namespace Egress.Http.Exports;

/// <summary>The body of the response to a request that started an export.</summary>
internal sealed record AcceptedExportBody(string Id, string State, string StatusUrl);

/// <summary>The body of a response with the state of an export.</summary>
internal sealed record ExportStateBody(
    string Id, string RecordId, string State, string Bucket, string Key, string CreatedAt, string CreatedBy, string? EndedAt,
    int Files, int Skipped, long? Length, long BytesDone, int PartsDone, int? Parts, long? BytesPerSecond, string? Reason, string? Message, string? Url, string? UrlError)
{
    /// <summary>Returns the body that describes an export.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="job">The stored state of the export.</param>
    /// <param name="parts">Number of uploaded parts.</param>
    /// <param name="url">A link to the archive; null if there is none.</param>
    /// <param name="urlError">The reason why a completed export has no link; null otherwise.</param>
    /// <param name="now">The time.</param>
    public static ExportStateBody Of(string id, ExportJob job, int parts, string? url, string? urlError, DateTimeOffset now)
    {
        var isCompleted = job.State == ExportState.Completed;
        var done = isCompleted ? job.Length ?? 0
            : job is { IsInParts: true, Length: { } length } ? (long)((Int128)length * parts / job.Parts) // estimated, because parts differ in size
            : parts * job.PartSize;
        var seconds = ((job.EndedAt ?? now) - job.CreatedAt).TotalSeconds;
        return new ExportStateBody(
            id, job.RecordId, JsonNamingPolicy.SnakeCaseLower.ConvertName(job.State.ToString()), job.Bucket, job.Key,
            ApiTime.Write(job.CreatedAt)!, job.CreatedBy, ApiTime.Write(job.EndedAt), job.Files, job.Skipped, job.Length, done,
            isCompleted && job.IsInParts ? job.Parts : parts, job.IsInParts ? job.Parts : null,
            done > 0 && seconds > 0 ? (long)(done / seconds) : null, job.Reason, job.Message, url, urlError);
    }
}

[JsonSerializable(typeof(AcceptedExportBody))]
[JsonSerializable(typeof(ExportStateBody))]
internal sealed partial class ExportAnswerJson : JsonSerializerContext
{
    /// <summary>
    /// Writes the JSON without escaping characters that are special in HTML, so that people can copy links from it. The JSON is never part of an HTML
    /// page.
    /// </summary>
    public static ExportAnswerJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
