using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/callbacks</c>: lists undelivered callbacks. Callers need both a key of the Functions host and an API key of Egress.</summary>
public sealed class Callbacks(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(Callbacks))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.Callbacks)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Callbacks, request.HttpContext, hostStopping);
}
