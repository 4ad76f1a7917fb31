using System.Text.Json;
using Egress.Backends;
using Egress.Downloads;
using Egress.Links.Budgets;
using Egress.Records.Links;
using Egress.Zip;
using Microsoft.Extensions.Logging;

namespace Egress.Links;

/// <summary>
/// Admits the downloads of limited links, and stores the use of each link. Links that the application created itself are neither limited nor counted.
/// Safe for concurrent use.
/// </summary>
internal sealed partial class LinkUse(ILinkStore links, LinkBudgets budgets, TimeProvider time, ILogger<LinkUse> logger)
{
    /// <summary>The interval and the number of checks whether the previous response has ended, for a request that resumes a download.</summary>
    internal static readonly TimeSpan ResumeDelay = TimeSpan.FromMilliseconds(250);

    private const int ResumeAttempts = 20;

    private volatile bool _keepsNoCallbacks;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Reserves the bytes or the use of a response in the limit of its link.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="range">The range of bytes.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The refusal, or the reservation; neither if the link is not limited.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    public async Task<(Rejection? Rejection, LinkReservation? Reservation)> BeginAsync(DownloadPlan plan, ArchiveRange range, CancellationToken cancellationToken)
    {
        if (plan.Link?.MaxDownloads is not { } maxDownloads)
        {
            return default;
        }

        var length = plan.Length;
        var wholeLength = LengthOfWhole(plan);
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        for (var attempt = 0; ; attempt++)
        {
            var reserved = new Reserved(
                id, length is null ? 0 : Math.Min(range.To, length.Value) - range.From, length is null ? 1 : 0, LinkReservation.LeaseEnd(time));
            switch (await budgets.ChangeAsync(plan.RecordId, budget => budget.Reserve(reserved, maxDownloads, wholeLength, time.GetUtcNow()), cancellationToken))
            {
                case Admission.Granted:
                    var reservation = new LinkReservation(budgets, plan, reserved, time, logger);
                    reservation.Begin();
                    return (null, reservation);
                case Admission.UsedUp:
                    return (new Rejection(RejectionReason.LinkUsedUp), null);
                case Admission.AllReserved when range.From > 0 && attempt < ResumeAttempts:
                    // The previous response may not have noticed yet that its client has disconnected.
                    await Task.Delay(ResumeDelay, time, cancellationToken);
                    break;
                case Admission.AllReserved:
                    return (new Rejection(RejectionReason.LinkReserved) { RetryAfter = RetryAfter }, null);
            }
        }
    }

    /// <summary>Finds the rest of a link's limit.</summary>
    /// <param name="plan">The whole archive.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Null if the link is not limited.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    public async Task<LinkRest?> FindRestAsync(DownloadPlan plan, CancellationToken cancellationToken) => plan.Link?.MaxDownloads is { } maxDownloads
        ? (await budgets.FindAsync(plan.RecordId, cancellationToken)).RestOf(maxDownloads, LengthOfWhole(plan), isCounted: plan.Length is null)
        : null;

    /// <summary>Adds the end of a transfer. Does not throw if the database fails, because the download has already ended.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="outcome">How the transfer ended.</param>
    /// <param name="ended">The time of the end. Under the Functions host the reason is known only later, and the client may have resumed the download
    /// meanwhile.</param>
    public async Task EndedAsync(DownloadPlan plan, DownloadOutcome outcome, DateTimeOffset ended)
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
                plan.RecordId, new LinkTransfer(ended, status, reason, outcome.ArchiveBytes, isWhole), CancellationToken.None);
        }
        catch (BackendException fault)
        {
            NotKept(plan.RecordId, fault);
        }
    }

    /// <summary>
    /// Returns the length by which a limit of downloads is multiplied. For parts of an archive of unknown length, it is the size of all objects.
    /// </summary>
    private static long? LengthOfWhole(DownloadPlan plan)
    {
        var whole = plan.KeptManifest;
        return whole.Layout.Length ?? (plan.Length is null ? null : whole.Objects.Sum(static planned => planned.Size));
    }

    /// <summary>Stores the state of a callback. Does not throw if the database fails, and does not call it again after it denied access.</summary>
    public async Task CallbackAttemptedAsync(string recordId, LinkCallback callback)
    {
        if (_keepsNoCallbacks)
        {
            return;
        }

        try
        {
            await links.SetCallbackAsync(recordId, callback, CancellationToken.None);
        }
        catch (BackendException denied) when (denied.Fault is BackendFault.Denied)
        {
            // This database user may only read the records of the application.
            _keepsNoCallbacks = true;
        }
        catch (BackendException fault)
        {
            NotKept(recordId, fault);
        }
    }

    private static string SnakeCase<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    [LoggerMessage(1105, LogLevel.Warning, "The use of the link {Id} could not be stored")]
    private partial void NotKept(string id, Exception exception);
}
