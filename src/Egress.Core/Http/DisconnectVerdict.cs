using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Http;

/// <summary>Decides whether a client disconnected by itself, or the Functions host disconnected it because the host shuts down.</summary>
/// <remarks>In the worker, both look alike: the connection breaks. Only the message to stop, which follows the second one, distinguishes them.</remarks>
internal sealed class DisconnectVerdict(DownloadGate gate, TimeProvider time)
{
    /// <summary>How long after a disconnect the message to stop may arrive. The host (4.1037) took 0.2 to 0.5 s.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Waits for the message to stop when a client disconnected under the Functions host. The function returns meanwhile.</summary>
    /// <param name="context">The request.</param>
    /// <param name="outcome">How the download ended.</param>
    /// <returns>The same outcome, or one with <see cref="FailureReason.Interrupted"/> if the host shuts down.</returns>
    public async Task<DownloadOutcome> SettleAsync(HttpContext context, DownloadOutcome outcome)
    {
        if (outcome.Reason != FailureReason.ClientDisconnected || context.Features.Get<FunctionRelease>() is not { } function)
        {
            return outcome;
        }

        function.Release();
        await Task.Delay(Grace, time, gate.Interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return gate.Interrupted.IsCancellationRequested ? outcome with { Reason = FailureReason.Interrupted } : outcome;
    }
}
