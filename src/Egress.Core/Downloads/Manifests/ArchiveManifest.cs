using Egress.Zip.Format;

namespace Egress.Downloads.Manifests;

/// <summary>The finished plan of one archive: what several downloads of a record share. Immutable.</summary>
internal sealed class ArchiveManifest
{
    /// <summary>Which record, in which version, was planned.</summary>
    public required ManifestKey Key { get; init; }

    /// <summary>The objects in the order of the archive.</summary>
    public required PackedObjects Objects { get; init; }

    /// <summary>Exact length and place of the central directory, as far as they are known.</summary>
    public required ArchiveLayout Layout { get; init; }

    /// <summary>Strong validator of the archive's bytes, with quotes; null if another download may have other bytes.</summary>
    public string? ETag { get; init; }

    /// <summary>Objects that were requested, after the extension lists.</summary>
    public required int RequestedCount { get; init; }

    /// <summary>Objects that were requested and do not exist.</summary>
    public required int MissingCount { get; init; }

    /// <summary>Objects that were requested and cannot be read.</summary>
    public required int UnavailableCount { get; init; }

    /// <summary>When planning ended.</summary>
    public required DateTimeOffset PlannedAt { get; init; }
}

/// <summary>Names a record and its content, so that a manifest is never used for a record that was edited.</summary>
/// <param name="RecordId">Id of the record.</param>
/// <param name="Fingerprint">Hash of everything in the record that decides which objects the archive has.</param>
internal readonly record struct ManifestKey(string RecordId, UInt128 Fingerprint);

/// <summary>The result of planning: a manifest or a refusal.</summary>
/// <param name="Manifest">The manifest; null if refused.</param>
/// <param name="Rejection">The refusal; null if planned.</param>
internal readonly record struct ManifestResult(ArchiveManifest? Manifest, Rejection? Rejection)
{
    /// <summary>A manifest.</summary>
    public static implicit operator ManifestResult(ArchiveManifest manifest) => new(manifest, null);

    /// <summary>A refusal.</summary>
    public static implicit operator ManifestResult(Rejection rejection) => new(null, rejection);
}
