using Egress.Backends;
using Egress.Queues;

namespace Egress.Exports.Building;

/// <summary>
/// Handles messages on the queue of exports. The queue trigger of the Functions app and the worker of the plain server call it. A message may be
/// delivered more than once: a part has the same bytes each time, and each change of an export takes effect once.
/// </summary>
public sealed class ExportBuilder
{
    /// <summary>
    /// How many times a step is requested again while a backend fails. Together with the attempts of each message this takes about 50 minutes.
    /// </summary>
    internal const int MostRounds = 7;

    /// <summary>The delay of each repeated request.</summary>
    private static readonly TimeSpan RoundInterval = TimeSpan.FromMinutes(5);

    private readonly ExportJobs _jobs;
    private readonly ExportQueue _queue;
    private readonly ExportSteps _steps;
    private readonly ExportEnding _ending;
    private readonly ExportReport _report;

    internal ExportBuilder(ExportJobs jobs, ExportQueue queue, ExportSteps steps, ExportEnding ending, ExportReport report) =>
        (_jobs, _queue, _steps, _ending, _report) = (jobs, queue, steps, ending, report);

    /// <summary>Handles one message. The caller removes the message if this method returns, and makes it visible again if this method throws.</summary>
    /// <param name="text">The decoded message.</param>
    /// <param name="dequeueCount">How many times the message was taken from the queue, including this time.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    public async Task HandleAsync(string text, int dequeueCount, CancellationToken cancellationToken)
    {
        var (message, isRunning) = (ExportMessage.Read(text), false);
        try
        {
            if (await _jobs.FindAsync(message.Id, cancellationToken) is { IsOver: false } job)
            {
                isRunning = job.State == ExportState.Running;
                await _steps.RunAsync(message, job, isRepeated: dequeueCount > 1 || message.Round > 0, cancellationToken);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _report.StepFailed(message.Id, message.Part, dequeueCount, failure);
            if (IsWorthRetrying(failure, isRunning) && dequeueCount < QueueNames.MaxDequeueCount)
            {
                throw;
            }

            await (ExportFailure.MayPass(failure) && message.Round < MostRounds
                ? PutOffAsync(message, cancellationToken).AsTask()
                : _ending.FailAsync(message.Id, ExportFailure.Of(failure), cancellationToken));
        }
    }

    /// <summary>Fails the export whose message was taken from the queue too often: each time the process died or could not reach the database.</summary>
    /// <param name="text">The decoded message.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    public Task HandlePoisonAsync(string text, CancellationToken cancellationToken)
    {
        var message = ExportMessage.Read(text);
        return _ending.FailAsync(
            message.Id,
            new(ExportReason.InternalError, $"Part {message.Part} was begun {QueueNames.MaxDequeueCount} times and never finished."),
            cancellationToken);
    }

    /// <summary>Requests the same step again later, so that the export survives an outage of a backend that outlasts the attempts of one message.</summary>
    private ValueTask PutOffAsync(ExportMessage message, CancellationToken cancellationToken) =>
        _queue.AddAsync(message with { Round = message.Round + 1 }, RoundInterval, cancellationToken);

    /// <summary>
    /// Whether the message is worth another attempt. A refusal ends an export that has not begun, because permissions may be missing. A running export was
    /// permitted before, and credentials that are being replaced are refused only for a time.
    /// </summary>
    private static bool IsWorthRetrying(Exception failure, bool isRunning) => failure switch
    {
        ExportException or BackendException { Fault: BackendFault.Malformed or BackendFault.Changed } => false,
        BackendException { Fault: BackendFault.Denied } => isRunning,
        _ => true,
    };
}
