using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Http;

/// <summary>Decides whether a client disconnected, or the Functions host closed the connection because it shuts down.</summary>
/// <remarks>
/// In the worker, both look like a broken connection. They are distinguished by the stop message, which the host sends after it has disconnected
/// clients.
/// </remarks>
internal sealed class DisconnectVerdict(DownloadGate gate, TimeProvider time)
{
    /// <summary>How long to wait for the stop message after a disconnect. Version 4.1037 of the host sent it after 0.2 to 0.5 s.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Returns the outcome with its final reason. If the client disconnected under the Functions host, waits for the stop message first, but lets the
    /// function return before the wait.
    /// </summary>
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
