using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions;

/// <summary><c>/{id}</c>: the archive, as older links name it.</summary>
public sealed class DownloadCompat(EgressEndpoints egress)
{
    /// <summary>The host takes the first route that fits, literal or not: the constraint leaves out every reserved word.</summary>
    private const string Route =
        @"{id:regex(^(?!(?:health|ready|metrics|links|download|view|openapi\.json|admin|runtime|favicon\.ico|robots\.txt)$))}";

    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(DownloadCompat))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = Route)] HttpRequest request, CancellationToken hostStopping) =>
        egress.DownloadAsync(request.HttpContext, (string)request.RouteValues["id"]!, hostStopping);
}
