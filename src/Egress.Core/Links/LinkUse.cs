using System.Text.Json;
using Egress.Backends;
using Egress.Downloads;
using Egress.Links.Budgets;
using Egress.Records.Links;
using Egress.Zip;
using Microsoft.Extensions.Logging;

namespace Egress.Links;

/// <summary>
/// Admits downloads of links with a limit, and stores how each link was used. Only links that Egress created are limited and counted. Safe for
/// concurrent use.
/// </summary>
internal sealed partial class LinkUse(ILinkStore links, LinkBudgets budgets, TimeProvider time, ILogger<LinkUse> logger)
{
    /// <summary>The interval at which a request that resumes a download checks whether the previous response has ended.</summary>
    internal static readonly TimeSpan ResumeDelay = TimeSpan.FromMilliseconds(250);

    private const int ResumeAttempts = 20;

    private volatile bool _keepsNoCallbacks;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Reserves the bytes of a response, or one use, in the limit of its link.</summary>
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
                    // The previous response may still run, because it has not detected yet that the client has disconnected.
                    await Task.Delay(ResumeDelay, time, cancellationToken);
                    break;
                case Admission.AllReserved:
                    return (new Rejection(RejectionReason.LinkReserved) { RetryAfter = RetryAfter }, null);
            }
        }
    }

    /// <summary>Finds how many downloads of a link are left.</summary>
    /// <param name="plan">The whole archive.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Null if the link is not limited.</returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time.</exception>
    public async Task<LinkRest?> FindRestAsync(DownloadPlan plan, CancellationToken cancellationToken) => plan.Link?.MaxDownloads is { } maxDownloads
        ? (await budgets.FindAsync(plan.RecordId, cancellationToken)).RestOf(maxDownloads, LengthOfWhole(plan), isCounted: plan.Length is null)
        : null;

    /// <summary>Stores the outcome of a transfer with its link. Does not throw if the database fails, because the download has already ended.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="outcome">How the transfer ended.</param>
    /// <param name="ended">
    /// The time at which the transfer ended. It may have passed long ago: under the Functions host the reason of the end is known only later, when
    /// the client may already have resumed the download.
    /// </param>
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
    /// Returns the length of a whole download, in bytes, by which the limit of downloads is multiplied. If only a part of an archive is requested and
    /// the length of the archive is not known, it is the size of all objects. Null if no length is known.
    /// </summary>
    private static long? LengthOfWhole(DownloadPlan plan)
    {
        var whole = plan.KeptManifest;
        return whole.Layout.Length ?? (plan.Length is null ? null : whole.Objects.Sum(static planned => planned.Size));
    }

    /// <summary>
    /// Stores the state of a callback with its link. Does not throw if the database fails. After the database has denied access once, no further
    /// states are stored.
    /// </summary>
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
            // The database user may read the records of the application, but not write.
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
