using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Downloads;
using Egress.Http.Api;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Keys;
using Egress.Queues;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Callbacks;

/// <summary>
/// Answers <c>/callbacks</c> and <c>/callbacks/replay</c>: lists callbacks that could not be delivered, and puts them back on the queue. Refuses keys
/// that are limited to some objects, because the queue has the callbacks of all links. Safe for concurrent use.
/// </summary>
internal sealed class CallbacksEndpoint(ApiAccess access, UndeliveredCallbacks undelivered, CallbackReport report, DownloadOptions downloads, TimeProvider time)
{
    /// <summary>Answers a request for the list of callbacks that could not be delivered.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public Task HandleListAsync(HttpContext context, CancellationToken hostStopping) => AnswerAsync(context, (_, token) => ListAsync(context, token), hostStopping);

    /// <summary>Answers a request to put callbacks back on the queue.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public Task HandleReplayAsync(HttpContext context, CancellationToken hostStopping) =>
        AnswerAsync(context, (key, token) => ReplayAsync(context, key, token), hostStopping);

    private async Task AnswerAsync(HttpContext context, Func<ApiKey, CancellationToken, Task<Problem?>> answer, CancellationToken hostStopping)
    {
        var problem = access.Refuse(context, out var key)
            ?? (key!.IsBound
                ? ProblemTable.KeyMayNotManageCallbacks
                : await ApiTimeLimit.RunAsync(context, downloads, time, token => GuardAsync(answer(key, token)), hostStopping));
        await (problem?.WriteAsync(context) ?? Task.CompletedTask);
    }

    private async Task<Problem?> GuardAsync(Task<Problem?> answer)
    {
        try
        {
            return await answer;
        }
        catch (QueueException failure)
        {
            report.OperatorFailed(failure);
            return ProblemTable.QueueUnavailable;
        }
    }

    private async Task<Problem?> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var ids = CallbackQuery.ReadIds(context.Request.Query, errors);
        if (errors.Count > 0)
        {
            return ProblemTable.InvalidRequest(errors);
        }

        await WriteAsync(context, await undelivered.ListAsync(ids, cancellationToken));
        return null;
    }

    private async Task<Problem?> ReplayAsync(HttpContext context, ApiKey key, CancellationToken cancellationToken)
    {
        var (replay, problem) = await ApiBody.ReadAsync(context, CallbackQuery.MaxBytes, CallbackQuery.ReadReplay, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var replayed = replay!.Message is null
            ? await undelivered.ReplayAsync(replay.Ids, cancellationToken)
            : await ReplayMessageAsync(replay.Message, cancellationToken);
        report.Replayed(replayed.Count, key.Name);
        await WriteAsync(context, replayed);
        return null;
    }

    private async Task<IReadOnlyList<UndeliveredCallback>> ReplayMessageAsync(string message, CancellationToken cancellationToken)
    {
        await undelivered.ReplayMessageAsync(message, cancellationToken);
        return [UndeliveredCallback.Read(message)];
    }

    private static Task WriteAsync(HttpContext context, IReadOnlyList<UndeliveredCallback> callbacks) =>
        ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new CallbackListBody(callbacks), CallbackJson.Legible.CallbackListBody);
}
