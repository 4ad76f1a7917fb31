using System.Net;
using System.Net.Http.Headers;
using Azure.Core;

namespace Egress.Setup;

/// <summary>Calls REST APIs of Azure as the user who is logged in to azd or az. Waits until new role assignments take effect.</summary>
internal sealed class AzureRest(TokenCredential credential, HttpClient client, TimeProvider time)
{
    private const string ClosedHint =
        "does not accept requests from this machine. Run `azd env set EGRESS_CLIENT_ADDRESS <public IPv4 address>` and `azd provision`, "
        + "or run `azd hooks run postprovision` on a machine in the virtual network.";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(15);

    /// <summary>Sends a request. Retries for up to 10 minutes while a role assignment is not in effect yet or the service is not reachable.</summary>
    /// <param name="scope">Scope of the access token.</param>
    /// <param name="create">Creates the request. Called once for each attempt.</param>
    /// <param name="cancellationToken">Cancels the request and its retries.</param>
    /// <param name="once">Whether to fail at the first refusal. True if no new role assignment can be the cause of a refusal.</param>
    /// <returns>The body of the response.</returns>
    /// <exception cref="SetupException">The service refused the request, or did not answer in time.</exception>
    public async Task<string> SendAsync(string scope, Func<HttpRequestMessage> create, CancellationToken cancellationToken, bool once = false)
    {
        var started = time.GetTimestamp();
        for (var delay = TimeSpan.FromSeconds(1); ; delay = Min(delay * 2, LongestDelay))
        {
            var (body, failure, final) = await TryAsync(scope, create, cancellationToken);
            if (failure is null)
            {
                return body;
            }

            if (final || once || time.GetElapsedTime(started) > Limit)
            {
                throw new SetupException(failure);
            }

            Console.WriteLine($"  {failure} Trying again in {delay.TotalSeconds:0} s.");
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    private async Task<(string Body, string? Failure, bool Final)> TryAsync(
        string scope, Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        using var request = create();
        var target = $"{request.Method} {request.RequestUri!.GetLeftPart(UriPartial.Path)}";
        var token = await credential.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        try
        {
            using var answer = await client.SendAsync(request, cancellationToken);
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return (body, null, true);
            }

            return IsClosed(answer, body)
                ? (body, $"{request.RequestUri.Host} {ClosedHint}", true)
                : (body, $"{target} was answered with {(int)answer.StatusCode}.", !IsPassing(answer.StatusCode));
        }
        catch (HttpRequestException exception)
        {
            return ("", $"{target} failed: {exception.Message}.", false);
        }
    }

    /// <summary>Whether a retry can succeed. A role assignment takes effect after minutes, and the DNS name of a new account appears after a while.</summary>
    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    /// <summary>Whether network rules refused the request. Storage accounts and Key Vault have error codes of their own for that.</summary>
    private static bool IsClosed(HttpResponseMessage answer, string body) => answer.StatusCode is HttpStatusCode.Forbidden
        && (body.Contains("ForbiddenByFirewall", StringComparison.Ordinal) || body.Contains("ForbiddenByConnection", StringComparison.Ordinal)
            || (answer.Headers.TryGetValues("x-ms-error-code", out var codes) && codes.Contains("AuthorizationFailure")));

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
