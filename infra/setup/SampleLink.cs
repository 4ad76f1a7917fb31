using System.Net;
using System.Text.Json;
using Egress.Signing;

namespace Egress.Setup;

/// <summary>The signed link to the sample.</summary>
internal static class SampleLink
{
    private const string VaultScope = "https://vault.azure.net/.default";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Signs the link with the signing secret of the app, which is read from Key Vault.</summary>
    public static async Task<string> CreateAsync(AzureRest rest, TimeProvider time, CancellationToken cancellationToken)
    {
        // Get Secret: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
        var secret = new Uri(AzdEnvironment.RequireUrl("KEY_VAULT_URL"), "secrets/signing-secret?api-version=7.4");
        var body = await rest.SendAsync(VaultScope, () => new HttpRequestMessage(HttpMethod.Get, secret), cancellationToken);
        using var document = JsonDocument.Parse(body);
        var signer = new LinkSigner(new SigningOptions { Secret = document.RootElement.GetProperty("value").GetString()! });
        return signer.CreateLink(AzdEnvironment.RequireUrl("EGRESS_URL"), Sample.Id, time.GetUtcNow() + Lifetime);
    }

    /// <summary>Requests the link until the deployed app serves the archive.</summary>
    /// <exception cref="SetupException">The app did not serve the link within five minutes.</exception>
    public static async Task CheckAsync(string link, HttpClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            string outcome;
            try
            {
                using var answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), cancellationToken);
                if (answer.StatusCode is HttpStatusCode.OK)
                {
                    return;
                }

                outcome = $"it is answered with {(int)answer.StatusCode}";
            }
            catch (HttpRequestException exception)
            {
                outcome = exception.Message;
            }

            if (time.GetElapsedTime(started) > StartLimit)
            {
                throw new SetupException($"The sample link does not work yet: {outcome}. Open /ready of the app and look into its log.");
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
