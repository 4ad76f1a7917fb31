using Egress.TestKit;

namespace Egress.EndToEnd.Tests;

/// <summary>Controls and observes the health checks of the server.</summary>
internal static class Probes
{
    /// <summary>The setting that practically turns scheduled health checks off, for tests that count requests to a backend.</summary>
    public static (string, string?) Rare => ("HEALTH_PROBE_SCHEDULE", "0 0 0 1 1 *");

    /// <summary>Requests <c>/ready</c> until it returns a status. Responses are cached for a second.</summary>
    public static Task UntilReadyIsAsync(HttpClient client, int status, CancellationToken cancellationToken) => Eventually.UntilAsync(
        async () =>
        {
            using var answer = await client.GetAsync("/ready", cancellationToken);
            return (int)answer.StatusCode;
        },
        answered => answered == status,
        $"/ready to answer {status}",
        static answered => $"{answered}",
        cancellationToken);
}
