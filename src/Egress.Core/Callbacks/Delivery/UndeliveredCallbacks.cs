using System.Text.Json;
using Egress.Queues;

namespace Egress.Callbacks.Delivery;

/// <summary>Lists undelivered callbacks, and puts them back on the queue.</summary>
internal sealed class UndeliveredCallbacks(IMessageQueue queue, IPoisonQueue poison)
{
    /// <summary>Lists the messages on the poison queue.</summary>
    /// <param name="ids">Ids of records or callbacks to list; empty for all.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<IReadOnlyList<UndeliveredCallback>> ListAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        VisitAsync(ids, static (_, _) => ValueTask.FromResult(false), cancellationToken);

    /// <summary>Puts callbacks back on the queue. They keep their ids, and their attempts are counted from zero.</summary>
    /// <param name="ids">Ids of records or callbacks; empty for all.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The callbacks that were put back. Messages that Egress did not write stay on the poison queue.</returns>
    public async Task<IReadOnlyList<UndeliveredCallback>> ReplayAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var replayed = await VisitAsync(ids, ReplayAsync, cancellationToken);
        return [.. replayed.Where(static callback => callback.IsOurs)];
    }

    /// <summary>Puts a message on the queue that an operator copied from a log line.</summary>
    /// <exception cref="CallbackMessageException">The text is not a callback message of Egress.</exception>
    public async Task ReplayMessageAsync(string text, CancellationToken cancellationToken)
    {
        if (!await ReplayAsync(text, cancellationToken))
        {
            throw new CallbackMessageException();
        }
    }

    private async ValueTask<bool> ReplayAsync(string text, CancellationToken cancellationToken)
    {
        if (CallbackMessage.TryRead(text) is not { } message)
        {
            return false;
        }

        var fresh = message with { Attempts = 0, FirstAttempt = null, LastAttempt = null, LastAnswer = null, PoisonReason = null };
        await queue.EnqueueAsync(fresh.Write(), TimeSpan.Zero, cancellationToken);
        return true;
    }

    private async Task<IReadOnlyList<UndeliveredCallback>> VisitAsync(
        IReadOnlyCollection<string> ids, Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken)
    {
        var visited = new List<UndeliveredCallback>();
        await poison.VisitAsync(
            async (text, stop) =>
            {
                var callback = UndeliveredCallback.Read(text);
                if (ids.Count > 0 && !ids.Contains(callback.RecordId) && !ids.Contains(callback.WebhookId))
                {
                    return false;
                }

                visited.Add(callback);
                return await visit(text, stop);
            },
            cancellationToken);
        return visited;
    }
}

/// <summary>A callback that could not be delivered. For a message that Egress did not write, only the reason is set.</summary>
/// <param name="RecordId">Id of the record.</param>
/// <param name="WebhookId">Id of the callback.</param>
/// <param name="Status">How the download ended.</param>
/// <param name="Reason">Why it was not delivered.</param>
/// <param name="Attempts">The number of attempts.</param>
/// <param name="Host">Host of the URL.</param>
/// <param name="LastAnswer">The result of the last attempt: the status of the response, or the innermost cause of the failure.</param>
/// <param name="FirstAttempt">When the first attempt was made.</param>
/// <param name="LastAttempt">When the last attempt was made.</param>
internal sealed record UndeliveredCallback(
    string RecordId, string WebhookId, string Status, string Reason, int Attempts, string Host, string? LastAnswer,
    DateTimeOffset? FirstAttempt, DateTimeOffset? LastAttempt)
{
    /// <summary>Whether Egress wrote the message.</summary>
    public bool IsOurs => WebhookId.Length > 0;

    public static UndeliveredCallback Read(string text)
    {
        if (CallbackMessage.TryRead(text) is not { } message)
        {
            return new UndeliveredCallback("", "", "", "not a callback of Egress", 0, "", null, null, null);
        }

        var (id, status) = ReadBody(message.Body);
        var reason = message.PoisonReason ?? "given up by the host";
        return new UndeliveredCallback(
            id, message.Id, status, reason, message.Attempts, message.Host, message.LastAnswer, message.FirstAttempt, message.LastAttempt);
    }

    private static (string Id, string Status) ReadBody(string body)
    {
        try
        {
            var payload = CallbackPayload.Read(body);
            return (payload.Id, payload.Status);
        }
        catch (JsonException)
        {
            return ("", "");
        }
    }
}
