using Egress.Queues;

namespace Egress.Callbacks.Delivery;

/// <summary>
/// Handles messages on the poison queue. Messages that Egress put there were reported at that time. Messages that the host put there, because they
/// were not written by Egress or because processing failed every time, are reported now. All of them are kept for a replay.
/// </summary>
public sealed class PoisonHandler
{
    private readonly IPoisonQueue _poison;
    private readonly CallbackReport _report;

    internal PoisonHandler(IPoisonQueue poison, CallbackReport report) => (_poison, _report) = (poison, report);

    /// <summary>Handles a message that a trigger took from the poison queue. The trigger removes it afterwards.</summary>
    /// <param name="text">The decoded message.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    /// <remarks>If this method throws, the message was not kept, and the caller must make it visible again.</remarks>
    public async Task HandleAsync(string text, CancellationToken cancellationToken)
    {
        var (report, marked) = Mark(text, cause: null);
        await _poison.KeepAsync(marked, cancellationToken);
        report?.Invoke();
    }

    /// <summary>Moves a message that was taken too often to the poison queue.</summary>
    /// <param name="text">The decoded message.</param>
    /// <param name="cause">The cause of its last failure.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    internal async Task MoveToPoisonQueueAsync(string text, string cause, CancellationToken cancellationToken)
    {
        var (report, marked) = Mark(text, cause);
        await _poison.AddAsync(marked, cancellationToken);
        report?.Invoke();
    }

    /// <summary>
    /// Adds the reason to a message without one. Returns the new text, and the report to make after the message was stored; null for a message that
    /// was already reported.
    /// </summary>
    private (Action? Report, string Text) Mark(string text, string? cause)
    {
        switch (CallbackMessage.TryRead(text))
        {
            case null:
                return (_report.ForeignPoisoned, text);
            case { PoisonReason: null } unmarked:
                var marked = unmarked with
                {
                    PoisonReason = $"processing failed {QueueNames.MaxDequeueCount} times",
                    LastAnswer = cause is null ? unmarked.LastAnswer : ReceiverText.Clean(cause),
                };
                return (() => _report.Poisoned(marked), marked.Write());
            default:
                return (null, text);
        }
    }
}
