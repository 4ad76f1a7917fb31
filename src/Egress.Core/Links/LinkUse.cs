using System.Text.Json;
using Egress.Backends;
using Egress.Downloads;
using Egress.Records.Links;
using Microsoft.Extensions.Logging;

namespace Egress.Links;

/// <summary>Keeps with each link how it was used. Links that the application made itself are not counted. Safe for concurrent use.</summary>
internal sealed partial class LinkUse(ILinkStore links, TimeProvider time, ILogger<LinkUse> logger)
{
    /// <summary>Adds the end of a transfer. Never throws for a database that fails: the download is over.</summary>
    public async Task EndedAsync(DownloadPlan plan, DownloadOutcome outcome)
    {
        if (plan.Link is null)
        {
            return;
        }

        var isWhole = outcome is { Status: not DownloadStatus.Failed, ReachesEnd: true };
        var status = outcome is { Status: not DownloadStatus.Failed, ReachesEnd: false } ? "range" : SnakeCase(outcome.Status);
        var reason = outcome.Reason == FailureReason.None ? null : SnakeCase(outcome.Reason);
        try
        {
            await links.AddTransferAsync(
                plan.RecordId, new LinkTransfer(time.GetUtcNow(), status, reason, outcome.ArchiveBytes, isWhole), CancellationToken.None);
        }
        catch (BackendException fault)
        {
            NotKept(plan.RecordId, fault);
        }
    }

    private static string SnakeCase<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    [LoggerMessage(1105, LogLevel.Warning, "The use of the link {Id} could not be kept")]
    private partial void NotKept(string id, Exception exception);
}
