namespace Egress.Downloads;

/// <summary>How a download ended.</summary>
internal enum DownloadStatus
{
    /// <summary>Every object that was asked for arrived.</summary>
    Completed,

    /// <summary>A whole archive that lacks missing objects.</summary>
    Partial,

    /// <summary>The transfer was broken off.</summary>
    Failed,
}

/// <summary>Who or what broke a transfer off.</summary>
internal enum FailureReason
{
    /// <summary>Nothing did.</summary>
    None,

    /// <summary>The client went away.</summary>
    ClientDisconnected,

    /// <summary>The client took no bytes for longer than <c>REQUEST_TIMEOUT</c>.</summary>
    ClientStalled,

    /// <summary>The storage failed, refused or did not answer, and retries did not help.</summary>
    StorageError,

    /// <summary>An object is not what was planned: another version, size or checksum, or gone.</summary>
    ObjectChanged,

    /// <summary>The download took longer than <c>MAX_DOWNLOAD_DURATION</c>.</summary>
    TimedOut,

    /// <summary>The process went down before the end.</summary>
    Interrupted,

    /// <summary>A fault of Egress itself.</summary>
    InternalError,
}

/// <summary>The one report of a download that began to stream.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why it failed; <see cref="FailureReason.None"/> unless failed.</param>
internal sealed record DownloadOutcome(DownloadStatus Status, FailureReason Reason)
{
    /// <summary>The exception that ended it, for the log.</summary>
    public Exception? Cause { get; init; }

    /// <summary>Whether only a later part was asked for: the client has what is before from an earlier download.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the archive is complete with what was asked for. Else nothing is reported: the download is not over.</summary>
    public bool ReachesEnd { get; init; } = true;

    /// <summary>Objects that were asked for, after the extension lists.</summary>
    public required int FilesRequested { get; init; }

    /// <summary>Objects whose bytes all went out, now or in the download that was resumed.</summary>
    public required int FilesSucceeded { get; init; }

    /// <summary>Bytes read from the objects.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>Bytes of the archive handed to the client.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>From the accepted request to the end.</summary>
    public required TimeSpan Duration { get; init; }
}
