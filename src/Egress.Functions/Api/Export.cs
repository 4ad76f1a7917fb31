using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary>
/// <c>/exports/{id}</c>: returns the state of an export, and cancels it. Callers need both a key of the Functions host and an API key of Egress.
/// </summary>
public sealed class Export(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(Export))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.Export)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Export, request.HttpContext, hostStopping);
}
