using Egress.Backends;
using Egress.Exports.Building;

namespace Egress.Exports.Running;

/// <summary>
/// Checks exports periodically: requests parts again if their messages were lost, fails exports without progress, settles ended exports, and deletes
/// the rows of old ones. Several instances may sweep at the same time. Safe for concurrent use.
/// </summary>
public sealed class ExportSweep
{
    /// <summary>The largest number of exports that one sweep examines.</summary>
    internal const int Most = 100;

    /// <summary>After this number of sweeps without a new part (one hour) an export fails, if the queue is empty.</summary>
    internal const int MostStalls = 30;

    /// <summary>The number of sweeps in a day.</summary>
    private const int LooksOfADay = 24 * MostStalls;

    /// <summary>
    /// After this number of sweeps without a new part an archive that is written in one pass is begun again. Earlier, another process may still be
    /// writing it.
    /// </summary>
    private const int LooksOfAPass = 5;

    private readonly ExportJobs _jobs;
    private readonly ExportQueue _queue;
    private readonly ExportEnding _ending;
    private readonly ExportOptions _options;
    private readonly ExportReport _report;

    internal ExportSweep(ExportJobs jobs, ExportQueue queue, ExportEnding ending, ExportOptions options, ExportReport report) =>
        (_jobs, _queue, _ending, _options, _report) = (jobs, queue, ending, options, report);

    /// <summary>Examines exports that are due. Does not throw if the store, the queue or the storage fails.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (!_options.IsOn)
        {
            return;
        }

        try
        {
            foreach (var id in await _jobs.FindDueAsync(Most, cancellationToken))
            {
                await TryLookAsync(id, cancellationToken);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _report.SweepFailed(failure);
        }
    }

    /// <summary>Examines one export. A failure is logged, so that the other exports are still examined.</summary>
    private async Task TryLookAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(id, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _report.NotSettled(id, failure.Message);
            if (failure is BackendException { Backend: Backend.Database, Fault: BackendFault.Malformed })
            {
                await _jobs.PostponeAsync(id, cancellationToken);
            }
        }
    }

    private async Task LookAsync(string id, CancellationToken cancellationToken)
    {
        var job = await _jobs.FindAsync(id, cancellationToken);
        if (job is { IsSettled: true })
        {
            await _jobs.RemoveAsync(id, cancellationToken);
        }
        else if (job is { IsOver: true })
        {
            // Even an unchanged state is stored, which postpones the export, so that no other instance examines it at the same time.
            await _jobs.ChangeAsync(id, static unsettled => unsettled, cancellationToken);
            await _ending.SettleAsync(id, job, cancellationToken);
        }
        else if (job is not null)
        {
            await CheckRunningAsync(id, cancellationToken);
        }
    }

    /// <summary>
    /// Requests the steps of an export again if it makes no progress, and fails it after some time. If the queue is not empty, messages of this
    /// export may be waiting or in work. In that case steps are requested less often, and the export fails only after a day.
    /// </summary>
    private async Task CheckRunningAsync(string id, CancellationToken cancellationToken)
    {
        var count = await _jobs.Store.CountPartsAsync(id, cancellationToken);
        var mayWait = await _queue.HasMessagesAsync(cancellationToken);
        var looked = await _jobs.ChangeAsync(
            id,
            running => running.IsOver ? null : running with { SeenParts = count, Stalls = count > running.SeenParts ? 0 : running.Stalls + 1 },
            cancellationToken);
        if (looked is null or { Stalls: 0 })
        {
            return;
        }

        if (looked.Stalls >= (mayWait || looked.IsCompleting ? LooksOfADay : MostStalls))
        {
            var failure = new ExportFailure(ExportReason.Stalled, "No part was finished for a long time. The log has what failed.");
            await (looked.IsCompleting ? _ending.GiveUpAsync(id, failure, cancellationToken) : _ending.FailAsync(id, failure, cancellationToken));
        }
        else if (AreLastParts(looked, count) || looked.Stalls % LooksBetweenRequests(looked, mayWait) == 0)
        {
            await _queue.AddAsync(ExportMessage.Look(id), cancellationToken);
        }
    }

    /// <summary>
    /// Whether at most two windows of parts are missing and none was finished since the last look. All of them have been requested, and the process that
    /// took the messages may have died: the queue shows such messages late. Requesting the parts again costs at most one more build of each.
    /// </summary>
    private static bool AreLastParts(ExportJob job, int built) => job is { IsInParts: true, Stalls: 1 } && job.Parts - built <= 2 * ExportQueue.Window;

    private static int LooksBetweenRequests(ExportJob job, bool mayWait) =>
        job.State == ExportState.Queued ? 1
        : mayWait ? MostStalls
        : job is { IsInParts: false, IsCompleting: false } ? LooksOfAPass
        : 1;
}
