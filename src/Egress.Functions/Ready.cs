using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions;

/// <summary><c>/ready</c>: readiness.</summary>
public sealed class Ready(EgressEndpoints egress)
{
    /// <summary>Answers every method: Egress refuses the wrong ones itself, with <c>Allow</c>.</summary>
    [Function(nameof(Ready))]
    public Task RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "ready")] HttpRequest request) =>
        egress.ReadyAsync(request.HttpContext);
}
