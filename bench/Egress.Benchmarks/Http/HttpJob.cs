namespace Egress.Benchmarks.Http;

/// <summary>What is downloaded.</summary>
/// <param name="Set">The files.</param>
/// <param name="Encrypted">Whether with AES-256.</param>
internal sealed record HttpJob(FileSet Set, bool Encrypted)
{
    public string Title => Encrypted ? $"{Set.Title}, AES-256" : Set.Title;

    /// <summary>Whether something is computed, so that one download of a peer takes many seconds.</summary>
    public bool IsSlow => Encrypted || Set.IsText;

    /// <summary>Programs warm up on the first set, where a download is short.</summary>
    public bool NeedsWarmUp => Set == FileSet.A && !Encrypted;

    /// <summary>A download is aborted after that, and its rate so far counts. Compressed content has no such rate.</summary>
    public TimeSpan Limit => TimeSpan.FromSeconds(Set.IsText ? 120 : 10);
}
