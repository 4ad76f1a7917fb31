using Egress.Health;
using Microsoft.Extensions.Logging;

namespace Egress.Hosting;

/// <summary>Makes the connections that the first download of a new instance would wait for. Harmless when it fails: the download makes them.</summary>
public sealed partial class FunctionsWarmup(IEnumerable<IHealthProbe> probes, TimeProvider time, ILogger<FunctionsWarmup> logger)
{
    /// <summary>The host sends no request to an instance before its warm-up is over.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Touches the database and the storage once each, at the same time. Does not throw for one that cannot be reached.</summary>
    /// <param name="cancellationToken">The host does not wait any longer.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await Task.WhenAll(probes.Select(probe => TouchAsync(probe, either.Token)));
    }

    private async Task TouchAsync(IHealthProbe probe, CancellationToken cancellationToken)
    {
        try
        {
            await probe.CheckAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is BackendException || (failure is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            StaysCold(probe.Component, failure);
        }
    }

    [LoggerMessage(6102, LogLevel.Warning, "Warm-up: {Component} could not be reached; the first download connects to it")]
    private partial void StaysCold(string component, Exception cause);
}
