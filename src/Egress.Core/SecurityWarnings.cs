namespace Egress;

/// <summary>Finds insecure settings. A warning about each is logged whenever the host starts.</summary>
internal static class SecurityWarnings
{
    /// <summary>The number of characters of the shortest secret that causes no warning. Shorter ones can be found by brute force.</summary>
    private const int LeastSecretLength = 16;

    /// <summary>Returns a warning of one line for each insecure setting.</summary>
    /// <param name="settings">All settings.</param>
    public static IEnumerable<string> Of(EgressSettings settings)
    {
        var (signing, telemetry) = (settings.Signing, settings.Telemetry);
        if (!signing.Enforce && signing.Secret is null && !settings.Embedded.SigningSecret)
        {
            yield return "ENFORCE_SIGNING is not true and SIGNING_SECRET is not set: anyone who knows or guesses an id can download";
        }
        else if (!signing.Enforce && signing.Secret is null)
        {
            yield return "ENFORCE_SIGNING is false: links without a signature work too, and anyone who knows or guesses an id can download";
        }

        if (signing.Secret is { } secret && Parts(secret).Any(part => part.Length < LeastSecretLength))
        {
            yield return $"SIGNING_SECRET has fewer than {LeastSecretLength} characters and can be guessed; `openssl rand -hex 32` makes a good one";
        }

        if (telemetry is { HasPage: true, Credentials: null })
        {
            yield return "/metrics is open to everyone who reaches this server: set METRICS_USERNAME and METRICS_PASSWORD, or close it in the proxy";
        }
    }

    private static string[] Parts(string secret) => secret.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
