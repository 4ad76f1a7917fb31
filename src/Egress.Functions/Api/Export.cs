using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/exports/{id}</c>: returns the state of an export, and cancels it, for callers that have a key of the host and one of Egress.</summary>
public sealed class Export(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(Export))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.Export)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Export, request.HttpContext, hostStopping);
}
