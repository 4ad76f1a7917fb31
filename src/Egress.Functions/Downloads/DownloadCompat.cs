using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Downloads;

/// <summary><c>/{id}</c>: returns the archive, under the path of older links.</summary>
public sealed class DownloadCompat(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress responds with 405 and <c>Allow</c> to methods that the route does not support.</summary>
    [Function(nameof(DownloadCompat))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.UnreservedId)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerFunctionAsync(EgressRoutes.Id, request.HttpContext, hostStopping);
}
