namespace Egress.Benchmarks.Http;

/// <summary>What is downloaded.</summary>
/// <param name="Set">The files.</param>
/// <param name="Encrypted">Whether with AES-256.</param>
internal sealed record HttpJob(FileSet Set, bool Encrypted)
{
    public string Title => Encrypted ? $"{Set.Title}, AES-256" : Set.Title;

    /// <summary>Whether the archive is compressed or encrypted, so that one download of a peer takes many seconds.</summary>
    public bool IsSlow => Encrypted || Set.IsText;

    /// <summary>Whether peers warm up before this job: only before the first set, whose downloads are short.</summary>
    public bool NeedsWarmUp => Set == FileSet.A && !Encrypted;

    /// <summary>
    /// The limit after which a download is aborted. Its rate until then is counted, except for compressed content, where the rate is not known.
    /// </summary>
    public TimeSpan Limit => TimeSpan.FromSeconds(Set.IsText ? 120 : 10);
}
