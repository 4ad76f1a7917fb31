using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/openapi.json</c>: returns the OpenAPI description of the API.</summary>
public sealed class OpenApi(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(OpenApi))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.OpenApi)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.OpenApi, request.HttpContext, hostStopping);
}
