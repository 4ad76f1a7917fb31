using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/callbacks/replay</c>: puts callbacks back on the queue, for callers that have a key of the host and one of Egress.</summary>
public sealed class ReplayCallbacks(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(ReplayCallbacks))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.ReplayCallbacks)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.ReplayCallbacks, request.HttpContext, hostStopping);
}
