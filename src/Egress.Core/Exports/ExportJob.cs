using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>The progress of an export.</summary>
internal enum ExportState
{
    /// <summary>The export was accepted. Nothing was written yet.</summary>
    Queued,

    /// <summary>The parts are being built.</summary>
    Running,

    /// <summary>The archive is at its destination.</summary>
    Completed,

    /// <summary>The export ended without an archive.</summary>
    Failed,

    /// <summary>The client canceled the export.</summary>
    Cancelled,
}

/// <summary>The state of an export as it is stored. Its parts are stored separately.</summary>
internal sealed record ExportJob
{
    /// <summary>Id of the record.</summary>
    public required string RecordId { get; init; }

    /// <summary>Bucket of the destination.</summary>
    public required string Bucket { get; init; }

    /// <summary>Key of the destination.</summary>
    public required string Key { get; init; }

    /// <summary>Bytes of each part except the last one. Before the export runs: the requested size, or zero if the request has none.</summary>
    public long PartSize { get; init; }

    /// <summary>Whether an object at the destination is replaced.</summary>
    public bool Overwrites { get; init; }

    /// <summary>URL of the callback; null for none.</summary>
    public string? Callback { get; init; }

    /// <summary>Name of the API key that requested the export.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When the export was requested.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The current state.</summary>
    public ExportState State { get; init; }

    /// <summary>
    /// A random mark that is set before an upload is begun, and removed when the upload's id is stored in <see cref="UploadId"/>. While it is set, a
    /// killed process may have left an upload without a stored id. Each attempt has its own mark, so that only the last attempt can store its upload.
    /// </summary>
    public string? Beginning { get; init; }

    /// <summary>Id of the upload that <see cref="UploadId"/> replaced, and that may still have to be aborted; null for none.</summary>
    public string? ReplacedUploadId { get; init; }

    /// <summary>Whether the storage is completing the archive. Then only the response of the storage decides how the export ends.</summary>
    public bool IsCompleting { get; init; }

    /// <summary>Id of the upload in the storage; null until the export runs.</summary>
    public string? UploadId { get; init; }

    /// <summary>ETag of the archive; null until the export runs, and for an archive whose bytes differ each time.</summary>
    public string? ETag { get; init; }

    /// <summary>Length of the archive in bytes; null until it is known.</summary>
    public long? Length { get; init; }

    /// <summary>Number of parts that are built independently; zero until the export runs, and for an archive that is written in one pass.</summary>
    public int Parts { get; init; }

    /// <summary>Digest of the part boundaries; null if <see cref="Parts"/> is zero.</summary>
    public string? PartsDigest { get; init; }

    /// <summary>File name that the archive gets when it is downloaded by its link.</summary>
    public string? ArchiveName { get; init; }

    /// <summary>Number of files that were requested.</summary>
    public int Files { get; init; }

    /// <summary>Number of files that do not exist or cannot be read, and are left out.</summary>
    public int Skipped { get; init; }

    /// <summary>Why the export failed, as a word of <c>ExportReason</c>; null if it did not fail.</summary>
    public string? Reason { get; init; }

    /// <summary>Why the export failed, as a message for the operator.</summary>
    public string? Message { get; init; }

    /// <summary>When the export ended; null until then.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether the callback is on the queue.</summary>
    public bool IsCallbackSent { get; init; }

    /// <summary>Whether the export is settled: the storage has no unfinished upload of it, and the callback is on the queue.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Number of uploaded parts at the last sweep.</summary>
    public int SeenParts { get; init; }

    /// <summary>Number of consecutive sweeps that found no new part.</summary>
    public int Stalls { get; init; }

    /// <summary>Whether the export has ended.</summary>
    [JsonIgnore]
    public bool IsOver => State is not (ExportState.Queued or ExportState.Running);

    /// <summary>Whether the parts are built independently, in any order.</summary>
    [JsonIgnore]
    public bool IsInParts => Parts > 0;

    /// <summary>The destination of the archive.</summary>
    [JsonIgnore]
    public ObjectLocation Destination => new(Bucket, Key);

    /// <summary>The upload in the storage.</summary>
    /// <exception cref="InvalidOperationException">The export has no upload yet.</exception>
    [JsonIgnore]
    public ObjectUpload Upload => new(Destination, UploadId ?? throw new InvalidOperationException("The export has no upload."));

    /// <summary>Reads the state of an export from JSON.</summary>
    /// <exception cref="BackendException">The JSON is malformed: another version of Egress wrote it, or it was damaged.</exception>
    public static ExportJob Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ExportJson.Default.ExportJob)
                ?? throw new BackendException(Backend.Database, BackendFault.Malformed, "The state of an export is empty.");
        }
        catch (JsonException exception)
        {
            throw new BackendException(
                Backend.Database, BackendFault.Malformed, $"The state of an export cannot be read; perhaps another version wrote it: {exception.Message}", exception);
        }
    }

    /// <summary>Returns the state as JSON.</summary>
    public string Write() => JsonSerializer.Serialize(this, ExportJson.Default.ExportJob);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExportJob))]
[JsonSerializable(typeof(ExportMessage))]
[JsonSerializable(typeof(List<ActiveExport>))]
internal sealed partial class ExportJson : JsonSerializerContext;
