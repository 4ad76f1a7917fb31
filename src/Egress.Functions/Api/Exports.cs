using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/exports</c>: accepts exports, for callers that have a key of the host and one of Egress.</summary>
public sealed class Exports(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(Exports))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.Exports)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Exports, request.HttpContext, hostStopping);
}
