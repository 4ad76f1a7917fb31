using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary>
/// <c>/links/{id}</c>: returns the state of a link, and revokes it. Callers need both a key of the Functions host and an API key of Egress.
/// </summary>
public sealed class Link(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(Link))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.Link)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Link, request.HttpContext, hostStopping);
}
