using System.Diagnostics;
using System.Text.Json;
using Egress.Queues;
using Egress.Links;
using Egress.Records.Links;
using Egress.Telemetry;

namespace Egress.Callbacks.Delivery;

/// <summary>Delivers callbacks from the queue. The queue trigger of the Functions app and the worker of the plain server call it.</summary>
public sealed class CallbackDelivery
{
    private readonly CallbackSender _sender;
    private readonly IMessageQueue _queue;
    private readonly IPoisonQueue _poison;
    private readonly CallbackOptions _options;
    private readonly CallbackReport _report;
    private readonly LinkUse _links;
    private readonly TimeProvider _time;

    internal CallbackDelivery(
        CallbackSender sender, IMessageQueue queue, IPoisonQueue poison, CallbackOptions options, CallbackReport report, LinkUse links, TimeProvider time) =>
        (_sender, _queue, _poison, _options, _report, _links, _time) = (sender, queue, poison, options, report, links, time);

    /// <summary>
    /// Makes one attempt. If it returns, the caller removes the message: the callback was delivered, a new message for the next attempt replaces it,
    /// or it was moved to the poison queue. If it throws, the caller makes the message visible again.
    /// </summary>
    /// <param name="text">The decoded message.</param>
    /// <param name="dequeueCount">How many times the message was taken from the queue, including this time. Each counts as an attempt.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    public async Task DeliverAsync(string text, int dequeueCount, CancellationToken cancellationToken)
    {
        var message = CallbackMessage.TryRead(text) ?? throw new CallbackMessageException();
        using var span = EgressTraces.StartDelivery(message.Traceparent, message.Tracestate, message.Id, message.Host);
        var started = _time.GetUtcNow();
        var answer = await _sender.SendAsync(message, cancellationToken);
        message = message with
        {
            Attempts = message.Attempts + Math.Max(1, dequeueCount),
            FirstAttempt = message.FirstAttempt ?? started,
            LastAttempt = started,
            LastAnswer = answer.Text,
        };
        span?.SetTag("egress.callback_attempt", message.Attempts).SetTag("egress.verdict", answer.Verdict.ToString());
        span?.SetStatus(answer.Verdict == CallbackVerdict.Delivered ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        switch (answer.Verdict)
        {
            case CallbackVerdict.Delivered:
                _report.Delivered(message);
                break;
            case CallbackVerdict.TryAgain when message.Attempts <= _options.MaxRetries:
                var delay = RetrySchedule.DelayAfter(_options.RetryDelay, message.Attempts, answer.RetryAfter);
                await _queue.EnqueueAsync(message.Write(), delay, cancellationToken);
                _report.Retrying(message, delay);
                break;
            case CallbackVerdict.TryAgain:
                await MoveToPoisonQueueAsync(message, "all attempts failed", cancellationToken);
                break;
            case CallbackVerdict.Final:
                await MoveToPoisonQueueAsync(message, "the answer is final", cancellationToken);
                break;
        }

        var state = answer.Verdict == CallbackVerdict.Delivered ? "delivered"
            : answer.Verdict == CallbackVerdict.TryAgain && message.Attempts <= _options.MaxRetries ? "retrying"
            : "undeliverable";
        if (RecordIdOf(message) is { } recordId)
        {
            await _links.CallbackAttemptedAsync(recordId, new LinkCallback(state, message.Attempts, message.LastAnswer));
        }
    }

    /// <summary>Returns the id of the record that a callback is about; null for a body that an operator wrote, which is delivered unchanged.</summary>
    private static string? RecordIdOf(CallbackMessage message)
    {
        try
        {
            return CallbackPayload.Read(message.Body).Id;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task MoveToPoisonQueueAsync(CallbackMessage message, string reason, CancellationToken cancellationToken)
    {
        message = message with { PoisonReason = reason };
        await _poison.AddAsync(message.Write(), cancellationToken);
        _report.Poisoned(message);
    }
}
