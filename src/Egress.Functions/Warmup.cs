using Egress.Hosting;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions;

/// <summary>A new instance, before its first request.</summary>
public sealed class Warmup(FunctionsWarmup warmup)
{
    /// <summary>The host looks for this name; the value says nothing.</summary>
    [Function(nameof(Warmup))]
    public Task RunAsync([WarmupTrigger] object instance, CancellationToken hostStopping) => warmup.RunAsync(hostStopping);
}
