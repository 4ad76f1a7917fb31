namespace Egress.Benchmarks.Http;

/// <summary>A kind of download that is measured.</summary>
/// <param name="Set">The files.</param>
/// <param name="Encrypted">Whether the archive is encrypted with AES-256.</param>
internal sealed record HttpJob(FileSet Set, bool Encrypted)
{
    public string Title => Encrypted ? $"{Set.Title}, AES-256" : Set.Title;

    /// <summary>Whether the archive is compressed or encrypted, so that one download takes many seconds.</summary>
    public bool IsSlow => Encrypted || Set.IsText;

    /// <summary>Whether the servers warm up before this job. They do that only before the first set, whose downloads are short.</summary>
    public bool NeedsWarmUp => Set == FileSet.A && !Encrypted;

    /// <summary>
    /// The time limit of a download. An aborted download counts with its rate until then, except for compressed content, where the rate is not known.
    /// </summary>
    public TimeSpan Limit => TimeSpan.FromSeconds(Set.IsText ? 120 : 10);
}
