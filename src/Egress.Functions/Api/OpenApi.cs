using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/openapi.json</c>: the description of the API.</summary>
public sealed class OpenApi(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(OpenApi))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = EgressRoutes.OpenApi)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.OpenApi, request.HttpContext, hostStopping);
}
