using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Api;

/// <summary><c>/links/{id}</c>: the state of a link and its revocation, for callers that have a key of the host and one of Egress.</summary>
public sealed class Link(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(Link))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, Route = EgressRoutes.Link)] HttpRequest request, CancellationToken hostStopping) =>
        egress.AnswerAsync(EgressRoutes.Link, request.HttpContext, hostStopping);
}
