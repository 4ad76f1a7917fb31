using Egress.Backends;
using Egress.Downloads;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Responses;

/// <summary>The log lines of downloads: events 1000–1099 (<c>docs/operations.md</c>). The id of the download is in their scope.</summary>
internal static partial class DownloadLog
{
    /// <summary>Logs how a download ended. The level depends on the reason.</summary>
    public static void Ended(this ILogger logger, DownloadOutcome outcome)
    {
        switch (outcome.Reason)
        {
            case FailureReason.None when !outcome.ReachesEnd:
                logger.RangeSent(outcome.ArchiveBytes, outcome.Duration.TotalMilliseconds);
                break;
            case FailureReason.None:
                logger.Finished(outcome.Status, outcome.FilesSucceeded, outcome.FilesRequested, outcome.ArchiveBytes, outcome.Duration.TotalMilliseconds);
                break;
            case FailureReason.ClientDisconnected:
                logger.ClientDisconnected(outcome.FilesSucceeded, outcome.ArchiveBytes);
                break;
            case FailureReason.InternalError:
                logger.Broke(outcome.FilesSucceeded, outcome.ArchiveBytes, outcome.Cause);
                break;
            case FailureReason.ClientStalled or FailureReason.StorageError or FailureReason.ObjectChanged or FailureReason.TimedOut or FailureReason.LinkRevoked
                or FailureReason.Interrupted:
                logger.BrokenOff(outcome.Reason, outcome.FilesSucceeded, outcome.ArchiveBytes, outcome.Cause?.Message ?? "");
                break;
        }
    }

    [LoggerMessage(1000, LogLevel.Information,
        "Download {Status}: {FilesSucceeded} of {FilesRequested} files, {ArchiveBytes} bytes in {DurationMs:F0} ms")]
    private static partial void Finished(
        this ILogger logger, DownloadStatus status, int filesSucceeded, int filesRequested, long archiveBytes, double durationMs);

    [LoggerMessage(1001, LogLevel.Debug, "Download: the client disconnected after {FilesSucceeded} files and {ArchiveBytes} bytes")]
    private static partial void ClientDisconnected(this ILogger logger, int filesSucceeded, long archiveBytes);

    [LoggerMessage(1002, LogLevel.Warning, "Download aborted ({Reason}) after  {FilesSucceeded} files and {ArchiveBytes} bytes: {Cause}")]
    private static partial void BrokenOff(this ILogger logger, FailureReason reason, int filesSucceeded, long archiveBytes, string cause);

    [LoggerMessage(1003, LogLevel.Error, "Download aborted because of a fault in Egress after {FilesSucceeded} files and {ArchiveBytes} bytes")]
    private static partial void Broke(this ILogger logger, int filesSucceeded, long archiveBytes, Exception? exception);

    [LoggerMessage(1004, LogLevel.Debug, "Download: a range of {ArchiveBytes} bytes was sent in {DurationMs:F0} ms")]
    private static partial void RangeSent(this ILogger logger, long archiveBytes, double durationMs);

    [LoggerMessage(1010, LogLevel.Information, "Download refused ({Reason}): {Detail}")]
    public static partial void Refused(this ILogger logger, RejectionReason reason, string detail);

    [LoggerMessage(1011, LogLevel.Error, "Download refused: {Backend} failed ({Fault}): {Detail}")]
    public static partial void BackendRefused(this ILogger logger, Backend backend, BackendFault fault, string detail, Exception exception);

    [LoggerMessage(1012, LogLevel.Debug, "Download: the client disconnected before the first byte")]
    public static partial void ClientDisconnectedEarly(this ILogger logger);

    [LoggerMessage(1013, LogLevel.Warning, "Custom headers of the record are not sent: {Names}")]
    public static partial void HeadersDropped(this ILogger logger, string names);

    [LoggerMessage(1015, LogLevel.Information, "Downloads refused ({Reason}): {Count} more since the last line with this reason")]
    public static partial void RefusedMore(this ILogger logger, RejectionReason reason, int count);

    /// <summary>
    /// Logs a refusal by an open circuit breaker. No stack trace is logged, because event 3100 and the preceding events 1011 have the cause.
    /// </summary>
    [LoggerMessage(1014, LogLevel.Warning, "Download refused: requests to {Backend} are suspended because it keeps failing")]
    public static partial void CircuitOpen(this ILogger logger, Backend backend);
}
