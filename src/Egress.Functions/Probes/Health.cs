using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Probes;

/// <summary><c>/health</c>: returns 200 while the process is alive.</summary>
public sealed class Health(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(Health))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.Health)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Health, request.HttpContext, hostStopping);
}
