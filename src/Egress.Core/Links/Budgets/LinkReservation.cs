using Egress.Backends;
using Egress.Downloads;
using Microsoft.Extensions.Logging;

namespace Egress.Links.Budgets;

/// <summary>
/// The part of a link's limit that a running response has reserved. The lease of the reservation is renewed until the response ends, so that it
/// expires if the process dies.
/// </summary>
/// <param name="budgets">The budgets.</param>
/// <param name="plan">The archive.</param>
/// <param name="reserved">The reservation.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class LinkReservation(LinkBudgets budgets, DownloadPlan plan, Reserved reserved, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a reservation lasts without a renewal.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const int RenewalsPerLease = 5;

    private readonly CancellationTokenSource _ended = new();
    private Task _renewal = Task.CompletedTask;
    private bool _isSettled;

    /// <summary>Returns the end of a lease that starts now, as Unix time in milliseconds.</summary>
    public static long LeaseEnd(TimeProvider time) => (time.GetUtcNow() + Lease).ToUnixTimeMilliseconds();

    /// <summary>Begins to renew the lease.</summary>
    public void Begin() => _renewal = RenewAsync();

    /// <summary>
    /// Counts the bytes that the response sent, and releases the rest. Does not throw if the database fails, because the lease expires.
    /// </summary>
    public async Task EndAsync(DownloadOutcome outcome)
    {
        var isWhole = outcome.Status != DownloadStatus.Failed;
        await SettleAsync(
            reserved.Uses > 0 ? 0 : isWhole ? reserved.Bytes : Math.Min(outcome.DeliveredBytes, reserved.Bytes),
            reserved.Uses > 0 && (isWhole || HasHalf(outcome)) ? 1 : 0);
    }

    /// <summary>Releases the whole reservation, unless <see cref="EndAsync"/> has settled it.</summary>
    public async ValueTask DisposeAsync()
    {
        await SettleAsync(0, 0);
        _ended.Dispose();
    }

    private async Task SettleAsync(long bytes, long uses)
    {
        if (_isSettled)
        {
            return;
        }

        _isSettled = true;
        await _ended.CancelAsync();
        await _renewal;
        await TryChangeAsync(budget => budget.Settle(reserved.Id, bytes, uses, time.GetUtcNow()));
    }

    /// <summary>
    /// Whether a response of unknown length has read at least half of the bytes of its objects. It then counts as a use although it failed.
    /// </summary>
    private bool HasHalf(DownloadOutcome outcome)
    {
        var size = plan.Objects.Sum(static planned => planned.Size);
        return size > 0 && outcome.SourceBytes >= size - outcome.SourceBytes;
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(Lease / RenewalsPerLease, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await TryChangeAsync(budget => budget.Renew(reserved with { Until = LeaseEnd(time) }));
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The response ended.
        }
    }

    private async Task TryChangeAsync(Action<LinkBudget> change)
    {
        try
        {
            await budgets.ChangeAsync(
                plan.RecordId,
                budget =>
                {
                    change(budget);
                    return true;
                },
                CancellationToken.None);
        }
        catch (BackendException fault)
        {
            NotCounted(logger, plan.RecordId, fault);
        }
    }

    [LoggerMessage(1108, LogLevel.Warning, "The use of a download could not be counted in the limit of the link {Id}")]
    private static partial void NotCounted(ILogger logger, string id, Exception exception);
}
