using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Downloads;

/// <summary><c>/{id}</c>: the archive, as older links name it.</summary>
public sealed class DownloadCompat(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(DownloadCompat))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.UnreservedId)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerFunctionAsync(EgressRoutes.Id, request.HttpContext, hostStopping);
}
