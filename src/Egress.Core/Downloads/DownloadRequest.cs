namespace Egress.Downloads;

/// <summary>What a link carries, decoded. Null where a part is absent or empty.</summary>
/// <param name="Id">The record's id, exactly as it was signed.</param>
/// <param name="Expiry">The text of <c>expiry</c>.</param>
/// <param name="Signature">The text of <c>signature</c>.</param>
internal sealed record DownloadRequest(string Id, string? Expiry, string? Signature)
{
    /// <summary>Whether a later range of the archive is requested, on the condition that the archive is unchanged.</summary>
    public bool IsResume { get; init; }

    /// <summary>Validators, with quotes, of archives that the client has seen before and wants to continue with.</summary>
    public IReadOnlyList<string> ETags { get; init; } = [];

    /// <summary>Whether the archive has to be planned, because an object of a manifest was not what was planned.</summary>
    public bool MustPlan { get; init; }

    /// <summary>The numbers of the entries that are selected, as text; null for all.</summary>
    public IReadOnlyList<string?>? Files { get; init; }

    /// <summary>The number of the file that is requested alone, as text; null for an archive.</summary>
    public string? File { get; init; }

    /// <summary>Digest of the list of entries that the numbers refer to (<see cref="Manifests.EntryListDigest"/>); null for the present list.</summary>
    public string? List { get; init; }

    /// <summary>Whether not all of the archive is requested.</summary>
    public bool IsForPart => Files is not null || File is not null;
}
