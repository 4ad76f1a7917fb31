using Egress.Backends;
using Egress.Queues;

namespace Egress.Exports.Building;

/// <summary>
/// Does what a message on the queue of exports requests. The queue trigger of the Functions app and the worker of the plain server call it. A message
/// may come more than once: parts are the same bytes each time, and each change of an export is made once.
/// </summary>
public sealed class ExportBuilder
{
    private readonly ExportJobs _jobs;
    private readonly ExportSteps _steps;
    private readonly ExportEnding _ending;
    private readonly ExportReport _report;

    internal ExportBuilder(ExportJobs jobs, ExportSteps steps, ExportEnding ending, ExportReport report) =>
        (_jobs, _steps, _ending, _report) = (jobs, steps, ending, report);

    /// <summary>
    /// Handles one message. When it returns, the message must be removed. When it throws, the message must become visible again.
    /// </summary>
    /// <param name="text">The message, decoded.</param>
    /// <param name="dequeueCount">How often it was taken, this time included.</param>
    /// <param name="cancellationToken">The process is shutting down.</param>
    public async Task HandleAsync(string text, int dequeueCount, CancellationToken cancellationToken)
    {
        var message = ExportMessage.Read(text);
        try
        {
            if (await _jobs.FindAsync(message.Id, cancellationToken) is { IsOver: false } job)
            {
                await _steps.RunAsync(message, job, isRepeated: dequeueCount > 1, cancellationToken);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _report.StepFailed(message.Id, message.Part, dequeueCount, failure);
            if (failure is not ExportException && IsWorthRetrying(failure) && dequeueCount < QueueNames.MaxDequeueCount)
            {
                throw;
            }

            await FailAsync(message.Id, failure, cancellationToken);
        }
    }

    /// <summary>Ends the export of a message that was taken too often: each time the process died, or could not reach the database.</summary>
    /// <param name="text">The message, decoded.</param>
    /// <param name="cancellationToken">The process is shutting down.</param>
    public Task HandlePoisonAsync(string text, CancellationToken cancellationToken)
    {
        var message = ExportMessage.Read(text);
        return _ending.FailAsync(
            message.Id, ExportReason.InternalError, $"Part {message.Part} was begun {QueueNames.MaxDequeueCount} times and never finished.", cancellationToken);
    }

    private static bool IsWorthRetrying(Exception failure) => failure is not BackendException { Fault: BackendFault.Denied or BackendFault.Malformed or BackendFault.Changed };

    private Task FailAsync(string id, Exception failure, CancellationToken cancellationToken) => failure switch
    {
        ExportException refusal => _ending.FailAsync(id, refusal.Reason, refusal.Message, cancellationToken),
        BackendException { Fault: BackendFault.Changed } changed => _ending.FailAsync(id, ExportReason.ObjectChanged, changed.Message, cancellationToken),
        BackendException { Backend: Backend.Storage } fault => _ending.FailAsync(id, ExportReason.StorageError, fault.Message, cancellationToken),
        BackendException fault => _ending.FailAsync(id, ExportReason.DatabaseError, fault.Message, cancellationToken),
        _ => _ending.FailAsync(id, ExportReason.InternalError, "Egress failed. The log has the cause.", cancellationToken),
    };
}
