namespace Egress.Downloads;

/// <summary>How a download ended.</summary>
internal enum DownloadStatus
{
    /// <summary>Every requested object was sent.</summary>
    Completed,

    /// <summary>The archive is complete, but objects that are missing or cannot be read were left out.</summary>
    Partial,

    /// <summary>The transfer was aborted.</summary>
    Failed,
}

/// <summary>The cause that ended a transfer.</summary>
internal enum FailureReason
{
    /// <summary>Nothing: the transfer is complete.</summary>
    None,

    /// <summary>The client disconnected.</summary>
    ClientDisconnected,

    /// <summary>The client received no bytes for <c>REQUEST_TIMEOUT</c>, or was slower than <c>MIN_CLIENT_RATE</c>.</summary>
    ClientStalled,

    /// <summary>The storage failed, refused access or did not respond, and retries did not help.</summary>
    StorageError,

    /// <summary>An object is not the planned one: another version, size or checksum, or it no longer exists.</summary>
    ObjectChanged,

    /// <summary>The download took longer than <c>MAX_DOWNLOAD_DURATION</c>.</summary>
    TimedOut,

    /// <summary>The link was revoked before the end.</summary>
    LinkRevoked,

    /// <summary>The process shut down before the end.</summary>
    Interrupted,

    /// <summary>A fault of Egress itself.</summary>
    InternalError,
}

/// <summary>The result of a download that began to stream. Reported once.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why it failed; <see cref="FailureReason.None"/> unless it failed.</param>
internal sealed record DownloadOutcome(DownloadStatus Status, FailureReason Reason)
{
    /// <summary>The exception that ended the transfer, for the log.</summary>
    public Exception? Cause { get; init; }

    /// <summary>Whether the request was for a later range, because the client has the bytes before it from an earlier request.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the archive is complete with the requested range. Otherwise no callback is sent: the download continues.</summary>
    public bool ReachesEnd { get; init; } = true;

    /// <summary>The numbers of the selected entries (<see cref="DownloadPlan.Selection"/>); null for the whole archive.</summary>
    public string? Selection { get; init; }

    /// <summary>Objects that were requested, after the extension lists.</summary>
    public required int FilesRequested { get; init; }

    /// <summary>Objects that were sent completely, by this request or by the download that it resumes.</summary>
    public required int FilesSucceeded { get; init; }

    /// <summary>Requested objects that exist, but cannot be read, and are left out.</summary>
    public int FilesUnavailable { get; init; }

    /// <summary>Bytes read from the objects.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>Bytes of the archive that were written to the client's connection.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>
    /// Bytes of the archive that the client's connection accepted. Bytes that were still unsent when the connection failed do not count.
    /// </summary>
    public long DeliveredBytes { get; init; }

    /// <summary>The time from the accepted request to the end.</summary>
    public required TimeSpan Duration { get; init; }
}
