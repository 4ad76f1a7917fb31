using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Downloads;

/// <summary><c>/{id}</c>: returns the archive, under the path of older links.</summary>
public sealed class DownloadCompat(EgressEndpoints egress)
{
    /// <summary>Accepts every method. Egress answers 405 with <c>Allow</c> for methods that the route does not have.</summary>
    [Function(nameof(DownloadCompat))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.UnreservedId)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerFunctionAsync(EgressRoutes.Id, request.HttpContext, hostStopping);
}
