using Egress.Backends;
using Egress.Downloads;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Responses;

/// <summary>What is logged of downloads: events 1000–1099 (<c>docs/operations.md</c>).</summary>
internal static partial class DownloadLog
{
    /// <summary>Logs how a download ended, at the level that the reason deserves.</summary>
    public static void Ended(this ILogger logger, string id, DownloadOutcome outcome)
    {
        switch (outcome.Reason)
        {
            case FailureReason.None when !outcome.ReachesEnd:
                logger.PartSent(id, outcome.ArchiveBytes, outcome.Duration.TotalMilliseconds);
                break;
            case FailureReason.None:
                logger.Finished(id, outcome.Status, outcome.FilesSucceeded, outcome.FilesRequested, outcome.ArchiveBytes, outcome.Duration.TotalMilliseconds);
                break;
            case FailureReason.ClientDisconnected:
                logger.ClientLeft(id, outcome.FilesSucceeded, outcome.ArchiveBytes);
                break;
            case FailureReason.InternalError:
                logger.Broke(id, outcome.FilesSucceeded, outcome.ArchiveBytes, outcome.Cause);
                break;
            default:
                logger.BrokenOff(id, outcome.Reason, outcome.FilesSucceeded, outcome.ArchiveBytes, outcome.Cause?.Message ?? "");
                break;
        }
    }

    [LoggerMessage(1000, LogLevel.Information,
        "Download {Id} {Status}: {FilesSucceeded} of {FilesRequested} files, {ArchiveBytes} bytes in {DurationMs:F0} ms")]
    private static partial void Finished(
        this ILogger logger, string id, DownloadStatus status, int filesSucceeded, int filesRequested, long archiveBytes, double durationMs);

    [LoggerMessage(1001, LogLevel.Debug, "Download {Id}: the client left after {FilesSucceeded} files and {ArchiveBytes} bytes")]
    private static partial void ClientLeft(this ILogger logger, string id, int filesSucceeded, long archiveBytes);

    [LoggerMessage(1002, LogLevel.Warning,
        "Download {Id} broken off ({Reason}) after {FilesSucceeded} files and {ArchiveBytes} bytes: {Cause}")]
    private static partial void BrokenOff(
        this ILogger logger, string id, FailureReason reason, int filesSucceeded, long archiveBytes, string cause);

    [LoggerMessage(1003, LogLevel.Error, "Download {Id} broken off by a fault of Egress after {FilesSucceeded} files and {ArchiveBytes} bytes")]
    private static partial void Broke(this ILogger logger, string id, int filesSucceeded, long archiveBytes, Exception? exception);

    [LoggerMessage(1004, LogLevel.Debug, "Download {Id}: a part of {ArchiveBytes} bytes sent in {DurationMs:F0} ms")]
    private static partial void PartSent(this ILogger logger, string id, long archiveBytes, double durationMs);

    [LoggerMessage(1010, LogLevel.Information, "Download {Id} refused ({Reason}): {Detail}")]
    public static partial void Refused(this ILogger logger, string id, RejectionReason reason, string detail);

    [LoggerMessage(1011, LogLevel.Error, "Download {Id} refused: {Backend} failed ({Fault}): {Detail}")]
    public static partial void BackendRefused(this ILogger logger, string id, Backend backend, BackendFault fault, string detail, Exception exception);

    [LoggerMessage(1012, LogLevel.Debug, "Download {Id}: the client left before the first byte")]
    public static partial void ClientLeftEarly(this ILogger logger, string id);

    [LoggerMessage(1013, LogLevel.Warning, "Record {Id}: custom headers dropped: {Names}")]
    public static partial void HeadersDropped(this ILogger logger, string id, string names);
}
