using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Downloads;

namespace Egress.Callbacks;

/// <summary>The body of a callback. The properties have the order of the JSON fields.</summary>
internal sealed record CallbackPayload
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the body is never embedded in a web page
    };

    public required string Id { get; init; }

    public required string Status { get; init; }

    /// <summary>The time of the callback in RFC 3339: UTC, in whole seconds.</summary>
    public required string Timestamp { get; init; }

    public string? Message { get; init; }

    public required long DurationMs { get; init; }

    public required int FileCount { get; init; }

    public required long CompressedSizeBytes { get; init; }

    public required string RequestId { get; init; }

    public required int FilesSucceeded { get; init; }

    public string? Reason { get; init; }

    public bool? Resumed { get; init; }

    /// <summary>The numbers of the selected entries; null for the whole archive.</summary>
    public string? Files { get; init; }

    public string? Supersedes { get; init; }

    /// <summary>The destination of an export; null for a download.</summary>
    public ExportedObject? Export { get; init; }

    /// <summary>Creates the body from the outcome of a download.</summary>
    /// <param name="recordId">Id of the record.</param>
    /// <param name="requestId">Id of the request.</param>
    /// <param name="outcome">How the download ended, or would end now.</param>
    /// <param name="now">When the download ended.</param>
    public static CallbackPayload From(string recordId, string requestId, DownloadOutcome outcome, DateTimeOffset now) => new()
    {
        Id = recordId,
        Status = StatusText(outcome.Status),
        Timestamp = Time(now),
        Message = MessageFor(outcome),
        DurationMs = (long)outcome.Duration.TotalMilliseconds,
        FileCount = outcome.FilesRequested,
        CompressedSizeBytes = outcome.ArchiveBytes,
        RequestId = requestId,
        FilesSucceeded = outcome.FilesSucceeded,
        Reason = ReasonText(outcome.Reason),
        Resumed = outcome.IsResumed ? true : null,
        Files = outcome.Selection,
    };

    /// <summary>Returns the JSON that is sent and signed.</summary>
    public string Write() => JsonSerializer.Serialize(this, Format);

    /// <summary>Reads a body.</summary>
    /// <exception cref="JsonException">The text is not the JSON of a callback.</exception>
    public static CallbackPayload Read(string body) =>
        JsonSerializer.Deserialize<CallbackPayload>(body, Format) ?? throw new JsonException("A body of null.");

    /// <summary>Formats a time as it is written in bodies.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string StatusText(DownloadStatus status) => status switch
    {
        DownloadStatus.Completed => "completed",
        DownloadStatus.Partial => "partial",
        DownloadStatus.Failed => "failed",
    };

    private static string? ReasonText(FailureReason reason) => reason switch
    {
        FailureReason.None => null,
        FailureReason.ClientDisconnected => "client_disconnected",
        FailureReason.ClientStalled => "client_stalled",
        FailureReason.StorageError => "storage_error",
        FailureReason.ObjectChanged => "object_changed",
        FailureReason.TimedOut => "timeout",
        FailureReason.LinkRevoked => "link_revoked",
        FailureReason.Interrupted => "interrupted",
        FailureReason.InternalError => "internal_error",
    };

    // Returns a text without internal details, which the receiver may show to the user of the link.
    private static string? MessageFor(DownloadOutcome outcome) => outcome.Reason switch
    {
        FailureReason.None when outcome.Status == DownloadStatus.Partial =>
            $"{outcome.FilesRequested - outcome.FilesSucceeded} of {outcome.FilesRequested} files "
            + (outcome.FilesUnavailable > 0 ? "do not exist or cannot be read" : "do not exist"),
        FailureReason.None => null,
        FailureReason.ClientDisconnected => "the client disconnected before the end",
        FailureReason.ClientStalled => "the client stopped reading",
        FailureReason.StorageError => "the storage failed",
        FailureReason.ObjectChanged => "a file changed while it was read",
        FailureReason.TimedOut => "the download took too long",
        FailureReason.LinkRevoked => "the link was revoked before the end",
        FailureReason.Interrupted => "the server shut down before the end",
        FailureReason.InternalError => "internal error",
    };
}

/// <summary>The destination of an export in a callback.</summary>
/// <param name="Id">Id of the export.</param>
/// <param name="Bucket">Bucket of the archive.</param>
/// <param name="Key">Key of the archive.</param>
internal sealed record ExportedObject(string Id, string Bucket, string Key);
