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

    /// <summary>An object has another version, size or checksum than planned, or it no longer exists.</summary>
    ObjectChanged,

    /// <summary>The download took longer than <c>MAX_DOWNLOAD_DURATION</c>.</summary>
    TimedOut,

    /// <summary>The link was revoked before the transfer was complete.</summary>
    LinkRevoked,

    /// <summary>The process shut down before the transfer was complete.</summary>
    Interrupted,

    /// <summary>A fault of Egress itself.</summary>
    InternalError,
}

/// <summary>The result of a download that began to stream. It is reported once.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why it failed; <see cref="FailureReason.None"/> if it did not fail.</param>
internal sealed record DownloadOutcome(DownloadStatus Status, FailureReason Reason)
{
    /// <summary>The exception that ended the transfer, for the log.</summary>
    public Exception? Cause { get; init; }

    /// <summary>Whether the request resumed an earlier one: it was for a later range, and the client already has the bytes before it.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the requested range ends at the end of the archive. Otherwise no callback is sent, because further requests are expected.</summary>
    public bool ReachesEnd { get; init; } = true;

    /// <summary>The numbers of the selected entries (<see cref="DownloadPlan.Selection"/>); null for the whole archive.</summary>
    public string? Selection { get; init; }

    /// <summary>The number of requested objects, without those that the extension lists exclude.</summary>
    public required int FilesRequested { get; init; }

    /// <summary>The number of objects that were sent completely, by this request or by the one that it resumes.</summary>
    public required int FilesSucceeded { get; init; }

    /// <summary>The number of requested objects that exist, but cannot be read and were left out.</summary>
    public int FilesUnavailable { get; init; }

    /// <summary>The number of bytes that were read from the storage.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>The number of archive bytes that were written to the client's connection.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>
    /// The number of archive bytes that the client's connection accepted. Bytes that were still buffered when the connection failed do not count.
    /// </summary>
    public long DeliveredBytes { get; init; }

    /// <summary>The time from the acceptance of the request to the end of the transfer.</summary>
    public required TimeSpan Duration { get; init; }
}
