using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Downloads;

/// <summary><c>/download/{id}</c>: returns the archive.</summary>
public sealed class Download(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(Download))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.Download)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerFunctionAsync(EgressRoutes.Download, request.HttpContext, hostStopping);
}
