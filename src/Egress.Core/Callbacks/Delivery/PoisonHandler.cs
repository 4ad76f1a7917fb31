using Egress.Callbacks.Queues;

namespace Egress.Callbacks.Delivery;

/// <summary>
/// Takes what arrives on the poison queue. What our delivery put there was reported already; what the host put there (because the
/// message was not ours, or processing it broke every time) is reported now. All of it is kept for a replay.
/// </summary>
public sealed class PoisonHandler
{
    private readonly IPoisonQueue _poison;
    private readonly CallbackReport _report;

    internal PoisonHandler(IPoisonQueue poison, CallbackReport report) => (_poison, _report) = (poison, report);

    /// <summary>Handles a message that a trigger took from the poison queue; the trigger then removes it.</summary>
    /// <param name="text">The message, decoded.</param>
    /// <param name="cancellationToken">The process goes down.</param>
    /// <exception cref="CallbackQueueException">It could not be kept, and must appear again.</exception>
    public async Task HandleAsync(string text, CancellationToken cancellationToken)
    {
        var (report, marked) = Mark(text);
        await _poison.KeepAsync(marked, cancellationToken);
        report?.Invoke();
    }

    /// <summary>Puts a message on the poison queue that was taken too often.</summary>
    internal async Task GiveUpAsync(string text, CancellationToken cancellationToken)
    {
        var (report, marked) = Mark(text);
        await _poison.AddAsync(marked, cancellationToken);
        report?.Invoke();
    }

    /// <summary>Notes why the message is here, and what is still to be reported of it.</summary>
    private (Action? Report, string Text) Mark(string text)
    {
        switch (CallbackMessage.TryRead(text))
        {
            case null:
                return (_report.ForeignPoisoned, text);
            case { PoisonReason: null } unmarked:
                var marked = unmarked with { PoisonReason = $"taken {CallbackQueueNames.MaxDequeueCount} times without an end" };
                return (() => _report.Poisoned(marked), marked.Write());
            default:
                return (null, text);
        }
    }
}
