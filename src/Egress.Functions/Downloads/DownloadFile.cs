using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Downloads;

/// <summary><c>/download/{id}/files/{n}</c>: returns one file of the archive.</summary>
public sealed class DownloadFile(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(DownloadFile))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.File)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerFunctionAsync(EgressRoutes.File, request.HttpContext, hostStopping);
}
