using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions;

/// <summary><c>/download/{id}</c>: the archive.</summary>
public sealed class Download(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(Download))]
    public Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "download/{id}")] HttpRequest request, CancellationToken hostStopping) =>
        egress.DownloadAsync(request.HttpContext, (string)request.RouteValues["id"]!, hostStopping);
}
