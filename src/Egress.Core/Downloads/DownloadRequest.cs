namespace Egress.Downloads;

/// <summary>The decoded parts of a request for a download. A part that is absent or empty is null.</summary>
/// <param name="Id">The record's id, exactly as it was signed.</param>
/// <param name="Expiry">The <c>expiry</c> of the link, as text.</param>
/// <param name="Signature">The <c>signature</c> of the link, as text.</param>
internal sealed record DownloadRequest(string Id, string? Expiry, string? Signature)
{
    /// <summary>Whether a later range of the archive is requested, on the condition that the archive is unchanged.</summary>
    public bool IsResume { get; init; }

    /// <summary>Validators, with quotes, of the archives that the client wants to resume.</summary>
    public IReadOnlyList<string> ETags { get; init; } = [];

    /// <summary>Whether the archive must be planned again, because an object has changed since its manifest was made.</summary>
    public bool MustPlan { get; init; }

    /// <summary>The numbers of the selected entries, as text; null for all entries.</summary>
    public IReadOnlyList<string?>? Files { get; init; }

    /// <summary>The number of the single file that is requested, as text; null for an archive.</summary>
    public string? File { get; init; }

    /// <summary>
    /// Digest of the list of entries that the numbers refer to (<see cref="Manifests.EntryListDigest"/>); null for the current list.
    /// </summary>
    public string? List { get; init; }

    /// <summary>Whether the request is for selected entries or for a single file, not for the whole archive.</summary>
    public bool IsForPart => Files is not null || File is not null;
}
