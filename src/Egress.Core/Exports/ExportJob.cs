using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>How far an export is.</summary>
internal enum ExportState
{
    /// <summary>It was accepted. Nothing was written yet.</summary>
    Queued,

    /// <summary>Its parts are built.</summary>
    Running,

    /// <summary>The archive is at its destination.</summary>
    Completed,

    /// <summary>It ended without an archive.</summary>
    Failed,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}

/// <summary>The state of an export. Its parts are stored separately.</summary>
internal sealed record ExportJob
{
    /// <summary>Id of the record.</summary>
    public required string RecordId { get; init; }

    /// <summary>Bucket of the destination.</summary>
    public required string Bucket { get; init; }

    /// <summary>Key of the destination.</summary>
    public required string Key { get; init; }

    /// <summary>Bytes of each part but the last; as requested until it runs, zero if the request named none.</summary>
    public long PartSize { get; init; }

    /// <summary>Whether an object at the destination is replaced.</summary>
    public bool Overwrites { get; init; }

    /// <summary>URL of the callback; null for none.</summary>
    public string? Callback { get; init; }

    /// <summary>Name of the key that requested it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was requested.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>How far it is.</summary>
    public ExportState State { get; init; }

    /// <summary>
    /// Set before an upload is begun, and removed when <see cref="UploadId"/> names that upload: a process that is killed in between leaves an upload that nothing names.
    /// Each attempt has another value, so that only the last one is stored.
    /// </summary>
    public string? Beginning { get; init; }

    /// <summary>An upload that <see cref="UploadId"/> replaced, and that may not be removed yet; null for none.</summary>
    public string? ReplacedUploadId { get; init; }

    /// <summary>Whether the storage makes the archive of the parts. From then on only the answer of the storage ends the export.</summary>
    public bool IsCompleting { get; init; }

    /// <summary>How the storage finds the upload; null until it runs.</summary>
    public string? UploadId { get; init; }

    /// <summary>Validator of the archive; null until it runs, and for an archive whose bytes differ each time.</summary>
    public string? ETag { get; init; }

    /// <summary>Length of the archive in bytes; null until it is known.</summary>
    public long? Length { get; init; }

    /// <summary>Number of parts that are built independently; zero until the export runs, and for an archive that is written in one pass.</summary>
    public int Parts { get; init; }

    /// <summary>Identifies the way in which the archive is cut into <see cref="Parts"/>; null without them.</summary>
    public string? PartsDigest { get; init; }

    /// <summary>File name that the link to the archive offers.</summary>
    public string? ArchiveName { get; init; }

    /// <summary>Files that the archive should contain.</summary>
    public int Files { get; init; }

    /// <summary>Files of them that do not exist or cannot be read, and are left out.</summary>
    public int Skipped { get; init; }

    /// <summary>Why it failed, as a word; null unless it did.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it failed, for the operator.</summary>
    public string? Message { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether the callback is on its queue.</summary>
    public bool IsCallbackSent { get; init; }

    /// <summary>Whether everything that follows the end was done: nothing is left in the storage but the archive, and the callback is on the queue.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Parts that the storage had when the export was last looked at.</summary>
    public int SeenParts { get; init; }

    /// <summary>How often in a row a look found no new part.</summary>
    public int Stalls { get; init; }

    /// <summary>Whether it ended.</summary>
    [JsonIgnore]
    public bool IsOver => State is not (ExportState.Queued or ExportState.Running);

    /// <summary>Whether its parts are built independently, in any order.</summary>
    [JsonIgnore]
    public bool IsInParts => Parts > 0;

    /// <summary>Where the archive is written to.</summary>
    [JsonIgnore]
    public ObjectLocation Destination => new(Bucket, Key);

    /// <summary>The upload.</summary>
    /// <exception cref="InvalidOperationException">It does not run yet.</exception>
    [JsonIgnore]
    public ObjectUpload Upload => new(Destination, UploadId ?? throw new InvalidOperationException("The export has no upload."));

    /// <summary>Reads a job.</summary>
    /// <exception cref="BackendException">Malformed: another version of Egress wrote it, or it was damaged.</exception>
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

    /// <summary>Writes the job.</summary>
    public string Write() => JsonSerializer.Serialize(this, ExportJson.Default.ExportJob);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExportJob))]
[JsonSerializable(typeof(ExportMessage))]
[JsonSerializable(typeof(List<ActiveExport>))]
internal sealed partial class ExportJson : JsonSerializerContext;
